// Time from the time-stamp counter: one kernel call at startup fixes offset and scale.
#include "lib/sys/clock.hpp"

#include "lib/sys/context.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/processor.hpp"

namespace axo::sys {

namespace {

Nanoseconds ask() {
    const auto result = times();
    return result ? result->uptime : Nanoseconds{0};
}

}  // namespace

void start_clock() {
    const auto machine = machine_info();
    Clock &clock = context().clock;
    clock.start_time = ask();
    clock.start_timestamp = timestamp();
    if (!machine || machine->tsc_hz == 0) return;
    // As the kernel counts, to the nanosecond.
    clock.start_time = {0};
    clock.start_timestamp = machine->tsc_at_boot;
    clock.scale = (std::uint64_t{1'000'000'000} << 32) / machine->tsc_hz;
}

Nanoseconds now() {
    const Clock &clock = context().clock;
    if (clock.scale == 0) return ask();
    const std::uint64_t counts = timestamp() - clock.start_timestamp;
    const auto wide = static_cast<unsigned __int128>(counts) * clock.scale;
    return {clock.start_time.value + static_cast<std::uint64_t>(wide >> 32)};
}

Nanoseconds wall_clock() {
    const Nanoseconds current = now();
    Clock &clock = context().clock;
    if (clock.boot_wall_clock.value == 0 || current - clock.wall_clock_asked > seconds(1)) {
        if (const auto result = times()) clock.boot_wall_clock = result->boot_wall_clock;
        clock.wall_clock_asked = current;
    }
    return clock.boot_wall_clock + current;
}

}  // namespace axo::sys
