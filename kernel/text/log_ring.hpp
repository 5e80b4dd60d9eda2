// The ring that holds the kernel's text; positions count from the first byte ever written.
#pragma once

#include "axo/kernel_call.hpp"

#include <cstddef>
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
    char text_[size] = {};
    std::uint64_t end_ = 0;
};

}  // namespace axo::kernel
