// From the registers of a real-time clock to seconds since 1970. Apart from the ports, so that host tests run it.
#pragma once

#include <cstdint>

namespace axo::kernel::arch {

/// Registers as read. status_b says how they count: bit 1 = 24 hours, bit 2 = binary.
struct RawClock {
    std::uint8_t seconds, minutes, hours, day, month, year, century, status_b;
    friend constexpr bool operator==(const RawClock &, const RawClock &) = default;
};

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years run from March, so that the leap day comes last.
constexpr std::uint64_t days_since_1970(std::uint64_t year, std::uint64_t month, std::uint64_t day) {
    if (month <= 2) --year;
    const std::uint64_t month_from_march = (month + 9) % 12;
    const std::uint64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    const std::uint64_t days_to_1970 = 719'468;  // from 0000-03-01
    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - days_to_1970;
}

constexpr std::uint64_t seconds_since_1970(const RawClock &raw) {
    const bool binary = (raw.status_b & 4) != 0, whole_day = (raw.status_b & 2) != 0;
    const auto value = [binary](std::uint8_t field) -> std::uint64_t {
        return binary ? field : static_cast<std::uint64_t>(field >> 4) * 10 + (field & 15u);
    };
    const bool afternoon = (raw.hours & 0x80) != 0;
    std::uint64_t hours = value(raw.hours & 0x7f);
    if (!whole_day) hours = hours % 12 + (afternoon ? 12 : 0);
    const std::uint64_t century = value(raw.century);
    // Boards without a century register show rubbish there.
    const std::uint64_t year = (century == 19 || century == 20 || century == 21 ? century : 20) * 100 + value(raw.year);
    return ((days_since_1970(year, value(raw.month), value(raw.day)) * 24 + hours) * 60 + value(raw.minutes)) * 60 +
           value(raw.seconds);
}
static_assert(days_since_1970(1970, 1, 1) == 0 && days_since_1970(2000, 3, 1) == 11'017);

}  // namespace axo::kernel::arch
