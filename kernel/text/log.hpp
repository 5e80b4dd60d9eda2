// The kernel's own text, in a ring that log and tty read with get_log.
// A line that begins with a blank is detail: the terminal does not show it.
#pragma once

#include "kernel/arch/arch.hpp"
#include "kernel/text/log_ring.hpp"

namespace axo::kernel {

inline constexpr unsigned log_readers_max = 4;

struct KernelLog {
    LogRing ring;
    bool tells_readers = false;        // not before there are processes, and not when the machine stops
    std::uint64_t last_death = ~0ull;  // where the lines about the last process that died begin
    Endpoint readers[log_readers_max] = {endpoint::none, endpoint::none, endpoint::none, endpoint::none};
};

/// Adds text to the ring and to the debug ports; what log() does after formatting, and the `diagnostics` call.
void log_write(const char *text, std::size_t bytes);

/// Whoever has read the ring is told of new text, until he dies.
void note_log_reader(Endpoint reader);
/// After every addition. Must not log.
void tell_log_readers();

}  // namespace axo::kernel
