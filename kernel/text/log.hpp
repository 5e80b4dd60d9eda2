// The kernel's own text: a ring that log and tty read with get_log, positions counted from the first byte ever written.
// A line that begins with a blank is detail: the terminal does not show it.
#pragma once

#include "kernel/arch/arch.hpp"

#include <span>

namespace axo::kernel {

class LogRing {
public:
    static constexpr std::size_t size = kernel_log_bytes;

    void write(const char *text, std::size_t bytes);

    struct Read {
        std::size_t bytes;
        std::uint64_t next;  // where to go on
    };
    /// Copies from `position`, or from the oldest byte still held when that is gone; nothing past the end.
    Read read(std::uint64_t position, std::span<char> out) const;

    std::uint64_t end() const { return end_; }

private:
    char text_[size];
    std::uint64_t end_ = 0;
};

LogRing &log_ring();

/// Adds text to the ring and to the debug ports; what log() does after formatting, and the `diagnostics` call.
void log_write(const char *text, std::size_t bytes);

/// Whoever has read the ring is told of new text, until he dies (call/get_info.cpp).
inline constexpr unsigned log_readers_max = 4;
void note_log_reader(Endpoint reader);
std::span<const Endpoint> log_readers();

/// Called after every addition, to notify the log reader; null: nobody. Must not log.
void set_log_listener(void (*listener)());

}  // namespace axo::kernel
