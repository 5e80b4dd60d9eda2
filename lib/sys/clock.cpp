// Time from the time-stamp counter: one kernel call at startup fixes offset and scale.
#include "lib/sys/clock.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::sys {

namespace {

std::uint64_t start_timestamp = 0;
std::uint64_t scale = 0;  // nanoseconds per count, 32 bits of fraction; 0: unknown
Nanoseconds start_time{0};
Nanoseconds boot_wall_clock{0}, wall_clock_asked{0};

Nanoseconds ask() {
    const auto result = times();
    return result ? result->uptime : Nanoseconds{0};
}

}  // namespace

void start_clock() {
    const auto machine = machine_info();
    start_time = ask();
    start_timestamp = timestamp();
    if (!machine || machine->tsc_hz == 0) return;
    // As the kernel counts, to the nanosecond.
    start_time = {0};
    start_timestamp = machine->tsc_at_boot;
    scale = (std::uint64_t{1'000'000'000} << 32) / machine->tsc_hz;
}

Nanoseconds now() {
    if (scale == 0) return ask();
    const std::uint64_t counts = timestamp() - start_timestamp;
    const auto wide = static_cast<unsigned __int128>(counts) * scale;
    return {start_time.value + static_cast<std::uint64_t>(wide >> 32)};
}

Nanoseconds wall_clock() {
    const Nanoseconds current = now();
    if (boot_wall_clock.value == 0 || current - wall_clock_asked > seconds(1)) {
        if (const auto result = times()) boot_wall_clock = result->boot_wall_clock;
        wall_clock_asked = current;
    }
    return boot_wall_clock + current;
}

}  // namespace axo::sys
