// The unit of processor time in /proc.
#pragma once

#include <cstdint>

namespace axo::procfs {

inline constexpr std::uint64_t ticks_per_second = 100;  // what AT_CLKTCK says, too
inline constexpr std::uint64_t second = 1'000'000'000;  // in nanoseconds

constexpr std::uint64_t ticks(std::uint64_t nanoseconds) { return nanoseconds / (second / ticks_per_second); }

}  // namespace axo::procfs
