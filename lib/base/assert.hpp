// Checks of our own invariants: a failure is a bug in this program, never bad input.
#pragma once

#include <source_location>

namespace axo {

/// What a failed invariant does; supplied by whoever links lib/base (services: panic; host tests: abort).
[[noreturn]] void invariant_failed(const char *file, unsigned line);

/// Stops the program when `condition` does not hold.
inline void ensure(bool condition, std::source_location where = std::source_location::current()) {
    if (!condition) [[unlikely]]
        invariant_failed(where.file_name(), where.line());
}

}  // namespace axo
