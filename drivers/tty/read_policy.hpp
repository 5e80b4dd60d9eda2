// When a read of a terminal is satisfied: VMIN and VTIME of non-canonical mode (POSIX 11.1.7).
#pragma once

#include <algorithm>

#include "axo/types.hpp"
#include "drivers/tty/line.hpp"

namespace axo::tty {

struct ReadPolicy {
    std::uint64_t minimum;    // deliver when that many bytes are there
    Nanoseconds timeout;      // 0: none
    bool timer_needs_a_byte;  // the timer runs between bytes, not from the start of the read
};

inline ReadPolicy read_policy(const Termios &settings, std::uint64_t bytes) {
    const std::uint64_t minimum = settings.at(Control::minimum);
    const Nanoseconds time = milliseconds(std::uint64_t{settings.at(Control::time)} * 100);
    if (minimum == 0) return {time.value == 0 ? std::uint64_t{0} : std::uint64_t{1}, time, false};
    return {std::min(minimum, bytes), time, time.value != 0};
}

/// A read of `bytes` can be answered now.
inline bool satisfied(const Line &line, std::uint64_t bytes) {
    if (bytes == 0) return true;
    if (line.canonical()) return line.readable();
    return line.readable_bytes() >= read_policy(line.settings(), bytes).minimum;
}

/// poll says readable: with an inter-byte timer one byte is enough, as on Linux.
inline bool poll_readable(const Line &line) {
    if (line.canonical()) return line.readable();
    const Termios &settings = line.settings();
    const unsigned minimum = settings.at(Control::time) == 0 ? settings.at(Control::minimum) : 1u;
    return line.readable_bytes() >= std::max(minimum, 1u);
}

}  // namespace axo::tty
