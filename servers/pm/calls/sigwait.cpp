// Calls that wait for a signal: pause, rt_sigsuspend, rt_sigtimedwait.
#include "servers/pm/calls/time_values.hpp"
#include "servers/pm/server.hpp"
#include "servers/pm/signals/info.hpp"

namespace axo::pm {

namespace {

constexpr std::uint64_t set_bytes = sizeof(std::uint64_t);

}  // namespace

abi::SignalInfo signal_info(const SignalOrigin &origin) {
    abi::SignalInfo info{};
    info.number = origin.number;
    info.code = origin.code;
    if (origin.number == signal::child && origin.code > 0) {
        info.fields.child = {origin.pid,
                             origin.uid,
                             static_cast<std::int32_t>(origin.value),
                             0,
                             static_cast<std::int64_t>(origin.user),
                             static_cast<std::int64_t>(origin.system)};
    } else if (fault_signals.has(origin.number) && origin.code > 0) {
        info.fields.fault.address = origin.value;
    } else {
        info.fields.sender = {origin.pid, origin.uid, origin.value};
    }
    return info;
}

std::int64_t Server::call_pause(Process &caller, Call) { return wait_for_answer(caller, Waiting::any_signal); }

std::int64_t Server::call_sigsuspend(Process &caller, Call call) {
    if (call.argument(1) != set_bytes) return to_wire(Error::invalid);
    const auto bits = get<std::uint64_t>(caller, call.argument(0));
    if (!bits) return to_wire(bits.error());
    set_wait_mask(caller, SignalSet(*bits));
    return wait_for_answer(caller, Waiting::any_signal);
}

/// Until a handler returns or the wait is over. A call that is issued again has its old mask still to come back.
void Server::set_wait_mask(Process &process, SignalSet mask) {
    SignalState &signals = process.signals;
    if (!signals.restore_mask_set) signals.restore_mask = signals.mask;
    signals.restore_mask_set = true;
    signals.mask = mask.without(unblockable);
    if (!process.deliverable().empty()) wake_for_signal(process);
}

void Server::on(Endpoint caller, const WaitMask &request, sef::ReplyTo<Nothing> reply) {
    Process *process = processes_.find(request.process);
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    if (process == nullptr || !process->alive()) return reply.fail(Error::no_process);
    reply.ok();
    set_wait_mask(*process, SignalSet(request.mask));
}

void Server::on(Endpoint caller, const WaitMaskOver &request, sef::ReplyTo<Nothing> reply) {
    Process *process = processes_.find(request.process);
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    reply.ok();
    if (process == nullptr || !process->alive() || !process->signals.restore_mask_set) return;
    process->signals.mask = process->signals.restore_mask;
    process->signals.restore_mask_set = false;
    if (!process->deliverable().empty()) wake_for_signal(*process);
}

std::int64_t Server::call_sigtimedwait(Process &caller, Call call) {
    if (call.argument(3) != set_bytes) return to_wire(Error::invalid);
    const auto bits = get<std::uint64_t>(caller, call.argument(0));
    if (!bits) return to_wire(bits.error());
    Nanoseconds timeout{0};
    if (call.argument(2) != 0) {
        const auto time = get<abi::TimeSpec>(caller, call.argument(2));
        if (!time) return to_wire(time.error());
        if (!is_valid(*time)) return to_wire(Error::invalid);
        timeout = nanoseconds(*time);
    }
    const SignalSet wanted = SignalSet(*bits).without(unblockable);
    const std::int64_t taken = take_wanted_signal(caller, wanted, call.argument(1));
    if (taken != later) return taken;
    if (call.argument(2) != 0 && timeout.value == 0) return to_wire(Error::again);
    caller.call.wanted = wanted;
    caller.call.status_address = call.argument(1);
    if (call.argument(2) != 0) arm(caller.wait_timer, sys::now() + timeout);
    return wait_for_answer(caller, Waiting::signal_info);
}

/// The number of a pending signal of that set, which is then no longer pending; `later`: there is none.
std::int64_t Server::take_wanted_signal(Process &process, SignalSet wanted, std::uint64_t info_address) {
    const int number = process.signals.pending.set().both(wanted).first();
    if (number == 0) return later;
    const SignalOrigin origin = process.signals.pending.take(number);
    if (info_address == 0) return number;
    const Status written = put(process, info_address, signal_info(origin));
    if (written) return number;
    process.signals.pending.add(origin);
    return to_wire(written.error());
}

void Server::resume_signal_wait(Process &process) {
    const std::int64_t value = take_wanted_signal(process, process.call.wanted, process.call.status_address);
    if (value == later) return;
    if (value == to_wire(Error::absent)) {
        resume_signal_wait_when_present(process.endpoint);
        return;
    }
    disarm(process.wait_timer);
    answer(process, value);
}

sef::Task Server::resume_signal_wait_when_present(Endpoint endpoint) {
    auto present = bring_in(endpoint, missing_);
    const Status brought = co_await present;
    Process *process = processes_.find(endpoint);
    if (process == nullptr || !process->alive() || process->call.waiting != Waiting::signal_info) co_return;
    if (brought) {
        resume_signal_wait(*process);
    } else {
        disarm(process->wait_timer);
        answer(*process, to_wire(brought.error()));
    }
}

}  // namespace axo::pm
