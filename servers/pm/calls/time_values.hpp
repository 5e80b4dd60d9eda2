// Between the time structures of user programs and nanoseconds.
#pragma once

#include "axo/types.hpp"
#include "servers/pm/calls/linux_abi.hpp"

namespace axo::pm {

inline constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
inline constexpr std::int64_t longest_seconds = 1ll << 33;  // 272 years: as far as 64 bits of nanoseconds are used

constexpr bool is_valid(const abi::TimeSpec &time) {
    return time.seconds >= 0 && time.nanoseconds >= 0 && time.nanoseconds < nanoseconds_per_second;
}
constexpr bool is_valid(const abi::TimeVal &time) {
    return time.seconds >= 0 && time.microseconds >= 0 && time.microseconds < 1'000'000;
}
/// Longer times are cut to longest_seconds.
constexpr Nanoseconds nanoseconds(const abi::TimeSpec &time) {
    const std::int64_t whole = time.seconds < longest_seconds ? time.seconds : longest_seconds;
    return {static_cast<std::uint64_t>(whole * nanoseconds_per_second + time.nanoseconds)};
}
constexpr Nanoseconds nanoseconds(const abi::TimeVal &time) {
    return nanoseconds(abi::TimeSpec{time.seconds, time.microseconds * 1000});
}
constexpr abi::TimeSpec time_spec(Nanoseconds time) {
    return {static_cast<std::int64_t>(time.value / 1'000'000'000),
            static_cast<std::int64_t>(time.value % 1'000'000'000)};
}
constexpr abi::TimeVal time_val(Nanoseconds time) {
    return {static_cast<std::int64_t>(time.value / 1'000'000'000),
            static_cast<std::int64_t>(time.value % 1'000'000'000 / 1000)};
}
/// Of times(): 100 a second.
constexpr std::int64_t clock_ticks(Nanoseconds time) { return static_cast<std::int64_t>(time.value / 10'000'000); }

}  // namespace axo::pm
