// From a pending signal to its effect. Default actions need nothing but PM. For a handler the process must first be
// out of whatever call it is in; meanwhile it is held, so that it does not reach user mode before the handler does.
//
//   1. hold          the kernel keeps it out of user mode
//   2. end the call  PM's own wait: answered; not received by its server: taken back; at VFS: cancelled;
//                    elsewhere: waited for, those calls are short
//   3. push          the handler's frame onto its stack, registers to the handler (signals/handler.cpp)
//                    The next one not before the next turn: registers are not read back in the turn that set them
//   4. let go
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/pm/calls/time_values.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr Nanoseconds retry_after = milliseconds(1);
constexpr Nanoseconds next_turn{0};

/// Waits inside PM that a signal ends.
bool is_interruptible(Waiting waiting) {
    return waiting != Waiting::nothing && waiting != Waiting::busy && waiting != Waiting::vfork;
}

/// Waits that may be begun again when the handler was installed with SA_RESTART.
Error ended_by_signal(Waiting waiting) { return waiting == Waiting::child ? Error::restart_call : Error::interrupted; }

}  // namespace

/// Something in pending is not blocked.
void Server::deliver(Process &process) {
    if (process.delivering || !process.alive()) return;
    if (!act_on_defaults(process)) {
        if (process.alive()) let_go(process);  // held for a signal that turned out to be nothing to it
        return;
    }
    process.delivering = true;
    if (deliver_task(process.endpoint).started()) return;
    process.delivering = false;
    sys::log("no memory for a signal frame of %s", process.name.text);
}

/// Takes signals without handler, until one with a handler is next (true) or there is nothing to do.
bool Server::act_on_defaults(Process &process) {
    while (process.alive() && !process.stopped) {
        const int number = process.deliverable().first();
        if (number == 0) return false;
        if (process.signals.action(number).handler > abi::handler_ignore) return true;
        const bool ignored = is_ignored(process, number);
        static_cast<void>(process.signals.pending.take(number));
        if (ignored) continue;
        if (default_action(number) == DefaultAction::stop) {
            // Nobody would continue an orphaned group that the terminal stopped.
            if (number == signal::stop || !is_orphaned(process.group)) stop_process(process, number);
        } else {
            terminate(process, wait_status::killed(number));
        }
    }
    return false;
}

void Server::hold(Process &process) {
    if (process.held) return;
    process.held = true;
    static_cast<void>(sys::run_control(process.endpoint, RunRequest::stop));
}

void Server::let_go(Process &process) {
    if (!process.held) return;
    process.held = false;
    if (!process.stopped) static_cast<void>(sys::run_control(process.endpoint, RunRequest::resume));
}

Server::CallEnd Server::end_call(Process &process, std::uint64_t &tag) {
    if (process.call.waiting == Waiting::busy || process.call.waiting == Waiting::vfork) return CallEnd::own;
    const auto interrupted = sys::interrupt_user(process.endpoint);
    if (!interrupted) return CallEnd::elsewhere;
    tag = interrupted->tag;
    switch (interrupted->result) {
        case InterruptResult::not_in_call: return CallEnd::ended;
        case InterruptResult::taken_back: return CallEnd::taken_back;
        case InterruptResult::at_server: break;
    }
    return interrupted->server == endpoint::vfs ? CallEnd::at_vfs : CallEnd::elsewhere;
}

sef::Task Server::deliver_task(Endpoint endpoint) {
    std::uint64_t cancelled = 0;  // tag of the call VFS was asked to end
    bool taken_back = false;
    for (;;) {
        Process *process = processes_.find(endpoint);
        if (process == nullptr || !process->alive()) co_return;
        if (!act_on_defaults(*process)) {
            process->delivering = false;
            if (process->alive()) let_go(*process);
            co_return;
        }
        hold(*process);
        if (registers_are_set(*process)) {
            co_await sef::delay(next_turn);
            continue;
        }
        if (is_interruptible(process->call.waiting)) {
            auto interrupting = interrupt_own_wait(endpoint);
            const Status ended = co_await interrupting;
            static_cast<void>(ended);
            continue;
        }
        std::uint64_t tag = 0;
        const CallEnd end = end_call(*process, tag);
        if (end == CallEnd::own) {
            process->attention = true;  // answer() begins again; it stays held until then
            process->delivering = false;
            co_return;
        }
        if (end == CallEnd::at_vfs && tag != cancelled) {
            cancelled = tag;
            const vfs::Cancel cancel{endpoint, 0, tag};
            static_cast<void>(co_await sef::request(endpoint::vfs, cancel));
            continue;
        }
        if (end == CallEnd::at_vfs || end == CallEnd::elsewhere) {
            co_await sef::delay(retry_after);
            continue;
        }
        if (end == CallEnd::taken_back) {  // which has changed the registers
            taken_back = true;
            co_await sef::delay(next_turn);
            continue;
        }
        const int number = process->deliverable().first();
        Status pushed = push_handler(*process, number, {.taken_back = taken_back, .answer = {}});
        if (!pushed && pushed.error() == Error::absent) {
            auto present = bring_in(endpoint, missing_);
            pushed = co_await present;
            if (pushed) continue;
            process = processes_.find(endpoint);
            if (process == nullptr || !process->alive()) co_return;
        }
        if (!pushed) {
            terminate(*process, wait_status::killed(signal::segv));
            co_return;
        }
        taken_back = false;
    }
}

/// Answers the wait a process is in at PM: that a signal came. It is held and notices it in its handler only.
sef::Async<Status> Server::interrupt_own_wait(Endpoint endpoint) {
    Process *process = processes_.find(endpoint);
    if (process == nullptr) co_return Error::no_process;
    const bool sleeping = process->call.waiting == Waiting::sleep;
    const std::uint64_t remainder_address = sleeping && !process->call.absolute ? process->call.usage_address : 0;
    const Nanoseconds now = sys::now();
    const Nanoseconds until = process->wait_timer.time;
    const Error error = ended_by_signal(process->call.waiting);
    disarm(process->wait_timer);
    process->futex_waiter.unlink();
    process->call.waiting = Waiting::busy;
    Status written{};
    if (remainder_address != 0) {
        const abi::TimeSpec left = time_spec(until > now ? until - now : Nanoseconds{0});
        written = put(*process, remainder_address, left);
        if (!written && written.error() == Error::absent) {
            auto present = bring_in(endpoint, missing_);
            written = co_await present;
            process = processes_.find(endpoint);
            if (process == nullptr || !process->alive()) co_return Error::no_process;
            if (written) written = put(*process, remainder_address, left);
        }
    }
    answer(*process, written ? to_wire(error) : to_wire(Error::fault));
    co_return Status{};
}

}  // namespace axo::pm
