// alarm, interval timers and sleeps. All deadlines of all processes are in one queue over one SEF timer.
#include "lib/sys/clock.hpp"
#include "servers/pm/calls/time_values.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr std::uint64_t itimer_real = 0, itimer_prof = 2;

abi::IntervalTimer timer_state(const Process &process) {
    abi::IntervalTimer state{};
    state.interval = time_val({process.interval});
    if (!process.interval_timer.node.queued()) return state;
    const Nanoseconds now = sys::now(), until = process.interval_timer.time;
    state.value = time_val(until > now ? until - now : Nanoseconds{1000});
    if (state.value.seconds == 0 && state.value.microseconds == 0) state.value.microseconds = 1;
    return state;
}

}  // namespace

void Server::arm(Deadline &deadline, Nanoseconds time) {
    if (deadline.node.queued()) state_.deadlines.remove(deadline);
    deadline.time = time;
    state_.deadlines.insert(deadline);
    if (!clock_.active() || time < clock_.deadline()) clock_.set_at(time);
}

/// The timer is left as it is: when it fires early it finds nothing due and is set anew.
void Server::disarm(Deadline &deadline) {
    if (deadline.node.queued()) state_.deadlines.remove(deadline);
}

void Server::on_clock() {
    const Nanoseconds now = sys::now();
    while (Deadline *due = state_.deadlines.first()) {
        if (due->time > now) break;
        state_.deadlines.remove(*due);
        Process *process = processes_.find_pid(due->pid);
        if (process == nullptr || !process->alive()) continue;
        if (due->kind == TimerKind::interval)
            on_interval(*process);
        else
            on_wait_over(*process);
    }
    if (const Deadline *next = state_.deadlines.first()) clock_.set_at(next->time);
}

void Server::on_interval(Process &process) {
    if (process.interval != 0) arm(process.interval_timer, sys::now() + Nanoseconds{process.interval});
    send_signal(process, {.number = signal::alarm, .code = abi::signal_code::kernel});
}

void Server::on_wait_over(Process &process) {
    switch (process.call.waiting) {
        case Waiting::sleep: return answer(process, 0);
        case Waiting::signal_info: return answer(process, to_wire(Error::again));
        case Waiting::futex: process.futex_waiter.unlink(); return answer(process, to_wire(Error::timed_out));
        default: return;
    }
}

std::int64_t Server::call_alarm(Process &caller, Call call) {
    const abi::IntervalTimer old = timer_state(caller);
    const auto wanted = static_cast<std::uint32_t>(call.argument(0));
    caller.interval = 0;
    disarm(caller.interval_timer);
    if (wanted != 0) arm(caller.interval_timer, sys::now() + seconds(wanted));
    const bool round_up = old.value.microseconds >= 500'000 || (old.value.seconds == 0 && old.value.microseconds != 0);
    return old.value.seconds + (round_up ? 1 : 0);
}

std::int64_t Server::call_setitimer(Process &caller, Call call) {
    if (call.argument(0) > itimer_prof) return to_wire(Error::invalid);
    // FIXME: ITIMER_VIRTUAL and ITIMER_PROF need alarms on processor time, which the kernel does not offer.
    if (call.argument(0) != itimer_real) return to_wire(Error::invalid);
    abi::IntervalTimer wanted{};
    if (call.argument(1) != 0) {
        const auto given = get<abi::IntervalTimer>(caller, call.argument(1));
        if (!given) return to_wire(given.error());
        wanted = *given;
    }
    if (!is_valid(wanted.value) || !is_valid(wanted.interval)) return to_wire(Error::invalid);
    if (call.argument(2) != 0) {
        const Status written = put(caller, call.argument(2), timer_state(caller));
        if (!written) return to_wire(written.error());
    }
    const Nanoseconds first = nanoseconds(wanted.value);
    disarm(caller.interval_timer);
    caller.interval = first.value != 0 ? nanoseconds(wanted.interval).value : 0;
    if (first.value != 0) arm(caller.interval_timer, sys::now() + first);
    return 0;
}

std::int64_t Server::call_getitimer(Process &caller, Call call) {
    if (call.argument(0) > itimer_prof) return to_wire(Error::invalid);
    const abi::IntervalTimer state = call.argument(0) == itimer_real ? timer_state(caller) : abi::IntervalTimer{};
    return to_wire(put(caller, call.argument(1), state));
}

std::int64_t Server::call_nanosleep(Process &caller, Call call) {
    const auto time = get<abi::TimeSpec>(caller, call.argument(0));
    if (!time) return to_wire(time.error());
    if (!is_valid(*time)) return to_wire(Error::invalid);
    caller.call.absolute = false;
    return begin_sleep(caller, sys::now() + nanoseconds(*time), call.argument(1));
}

std::int64_t Server::call_clock_nanosleep(Process &caller, Call call) {
    constexpr std::uint64_t absolute = 1;
    const std::uint64_t id = call.argument(0);
    const bool wall = id == abi::clock::realtime;
    if (id == abi::clock::process_time) return to_wire(Error::not_supported);
    if (!wall && id != abi::clock::monotonic && id != abi::clock::boottime) return to_wire(Error::invalid);
    const auto time = get<abi::TimeSpec>(caller, call.argument(2));
    if (!time) return to_wire(time.error());
    if (!is_valid(*time)) return to_wire(Error::invalid);
    const Nanoseconds wanted = nanoseconds(*time), now = sys::now();
    caller.call.absolute = (call.argument(1) & absolute) != 0;
    if (!caller.call.absolute) return begin_sleep(caller, now + wanted, call.argument(3));
    const Nanoseconds start = wall ? state_.boot_wall_clock : Nanoseconds{0};
    return begin_sleep(caller, wanted > start ? wanted - start : Nanoseconds{0}, 0);
}

std::int64_t Server::begin_sleep(Process &caller, Nanoseconds until, std::uint64_t remainder_address) {
    if (until <= sys::now()) return 0;
    caller.call.usage_address = remainder_address;
    arm(caller.wait_timer, until);
    return wait_for_answer(caller, Waiting::sleep);
}

}  // namespace axo::pm
