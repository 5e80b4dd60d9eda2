// Clocks and processor times. Time since boot is read from the time-stamp counter; the wall clock is that plus what
// the real-time clock said at boot.
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/pm/calls/time_values.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

namespace clock = abi::clock;

bool is_wall(std::uint64_t id) { return id == clock::realtime || id == clock::realtime_coarse; }
bool is_uptime(std::uint64_t id) {
    return id == clock::monotonic || id == clock::monotonic_raw || id == clock::monotonic_coarse ||
           id == clock::boottime;
}
bool is_processor(std::uint64_t id) { return id == clock::process_time || id == clock::thread_time; }

}  // namespace

std::int64_t Server::call_clock_gettime(Process &caller, Call call) {
    const std::uint64_t id = call.argument(0);
    Nanoseconds time{0};
    if (is_wall(id)) {
        time = state_.boot_wall_clock + sys::now();
    } else if (is_uptime(id)) {
        time = sys::now();
    } else if (is_processor(id)) {
        const Usage usage = usage_of(caller);
        time = {usage.user + usage.system};
    } else {
        return to_wire(Error::invalid);
    }
    return to_wire(put(caller, call.argument(1), time_spec(time)));
}

std::int64_t Server::call_clock_getres(Process &caller, Call call) {
    const std::uint64_t id = call.argument(0);
    if (!is_wall(id) && !is_uptime(id) && !is_processor(id)) return to_wire(Error::invalid);
    if (call.argument(1) == 0) return 0;
    return to_wire(put(caller, call.argument(1), abi::TimeSpec{0, 1}));
}

/// The vDSO page, which VM writes, must agree with the kernel.
Status Server::publish_clock() {
    const vm::SetClock clock{state_.boot_wall_clock};
    return sef::tell(endpoint::vm, clock);
}

Status Server::set_wall_clock(Process &caller, std::uint64_t now) {
    if (!caller.credentials.is_root()) return Error::not_permitted;
    const std::uint64_t uptime = sys::now().value;
    if (now < uptime) return Error::invalid;
    state_.boot_wall_clock = {now - uptime};
    TRY(sys::set_clock(state_.boot_wall_clock));
    return publish_clock();
}

std::int64_t Server::call_clock_settime(Process &caller, Call call) {
    if (call.argument(0) != clock::realtime) return to_wire(Error::invalid);
    const auto time = get<abi::TimeSpec>(caller, call.argument(1));
    if (!time) return to_wire(time.error());
    if (!is_valid(*time)) return to_wire(Error::invalid);
    return to_wire(set_wall_clock(caller, nanoseconds(*time).value));
}

std::int64_t Server::call_gettimeofday(Process &caller, Call call) {
    if (call.argument(0) != 0) {
        const Status written = put(caller, call.argument(0), time_val(state_.boot_wall_clock + sys::now()));
        if (!written) return to_wire(written.error());
    }
    if (call.argument(1) == 0) return 0;
    return to_wire(put(caller, call.argument(1), abi::TimeZone{0, 0}));
}

std::int64_t Server::call_settimeofday(Process &caller, Call call) {
    if (call.argument(0) == 0) return caller.credentials.is_root() ? 0 : to_wire(Error::not_permitted);
    const auto time = get<abi::TimeVal>(caller, call.argument(0));
    if (!time) return to_wire(time.error());
    if (!is_valid(*time)) return to_wire(Error::invalid);
    return to_wire(set_wall_clock(caller, nanoseconds(*time).value));
}

std::int64_t Server::call_time(Process &caller, Call call) {
    const std::int64_t now = time_spec(state_.boot_wall_clock + sys::now()).seconds;
    if (call.argument(0) != 0) {
        const Status written = put(caller, call.argument(0), now);
        if (!written) return to_wire(written.error());
    }
    return now;
}

std::int64_t Server::call_times(Process &caller, Call call) {
    if (call.argument(0) != 0) {
        const Usage own = usage_of(caller);
        const Usage &children = caller.children_usage;
        const abi::ProcessTimes times{clock_ticks({own.user}), clock_ticks({own.system}), clock_ticks({children.user}),
                                      clock_ticks({children.system})};
        if (const Status written = put(caller, call.argument(0), times); !written) return to_wire(written.error());
    }
    return clock_ticks(sys::now());
}

std::int64_t Server::call_getrusage(Process &caller, Call call) {
    constexpr std::int32_t self = 0, children = -1, thread = 1;
    const auto whose = static_cast<std::int32_t>(call.argument(0));
    if (whose != self && whose != children && whose != thread) return to_wire(Error::invalid);
    const Usage usage = whose == children ? caller.children_usage : usage_of(caller);
    abi::ResourceUsage result{};
    result.user = time_val({usage.user});
    result.system = time_val({usage.system});
    return to_wire(put(caller, call.argument(1), result));
}

Usage Server::usage_of(const Process &process) const {
    if (!process.endpoint.is_process()) return process.usage;
    const auto times = sys::times(process.endpoint);
    if (!times) return process.usage;
    return {times->user.value, times->system.value};
}

}  // namespace axo::pm
