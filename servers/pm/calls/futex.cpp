// Futexes, keyed by address space: what threads of one process and vfork's child share.
// FIXME: futexes in memory shared between processes need VM's name for the page.
#include "lib/sys/clock.hpp"
#include "servers/pm/calls/time_values.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr std::uint64_t operation_mask = 0x7f, clock_realtime = 256;
constexpr std::uint64_t op_wait = 0, op_wake = 1, op_wait_bitset = 9, op_wake_bitset = 10;

}  // namespace

std::int64_t Server::call_futex(Process &caller, Call call) {
    if (call.argument(0) % 4 != 0) return to_wire(Error::invalid);
    switch (call.argument(1) & operation_mask) {
        case op_wait:
        case op_wait_bitset: return futex_wait(caller, call);
        case op_wake:
        case op_wake_bitset: return futex_wake(caller, call.argument(0), call.argument(2));
        default: return to_wire(Error::no_syscall);
    }
}

std::int64_t Server::futex_wait(Process &caller, Call call) {
    const auto value = get<std::uint32_t>(caller, call.argument(0));
    if (!value) return to_wire(value.error());
    Nanoseconds until{0};
    const bool limited = call.argument(3) != 0;
    if (limited) {
        const auto time = get<abi::TimeSpec>(caller, call.argument(3));
        if (!time) return to_wire(time.error());
        if (!is_valid(*time)) return to_wire(Error::invalid);
        until = nanoseconds(*time);
        const bool absolute = (call.argument(1) & operation_mask) == op_wait_bitset;
        const bool wall = (call.argument(1) & clock_realtime) != 0;
        if (!absolute)
            until = sys::now() + until;
        else if (wall)
            until = until > state_.boot_wall_clock ? until - state_.boot_wall_clock : Nanoseconds{0};
    }
    if (*value != static_cast<std::uint32_t>(call.argument(2))) return to_wire(Error::again);
    if (limited && until <= sys::now()) return to_wire(Error::timed_out);
    caller.call.futex_address = call.argument(0);
    state_.futex_waiters.push_back(caller);
    if (limited) arm(caller.wait_timer, until);
    return wait_for_answer(caller, Waiting::futex);
}

std::int64_t Server::futex_wake(Process &caller, std::uint64_t address, std::uint64_t limit) {
    const auto most = static_cast<std::int32_t>(limit);
    std::int64_t woken = 0;
    for (Process *waiter = state_.futex_waiters.front(); waiter != nullptr && woken < most;) {
        Process *next = state_.futex_waiters.next(*waiter);
        if (waiter->space == caller.space && waiter->call.futex_address == address) {
            waiter->futex_waiter.unlink();
            disarm(waiter->wait_timer);
            answer(*waiter, 0);
            ++woken;
        }
        waiter = next;
    }
    return woken;
}

}  // namespace axo::pm
