// Making a signal pending: what it does at once (KILL, stop and continue), whether it is ignored, and whom it wakes.
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr std::uint32_t init_pid = 1;

}  // namespace

bool Server::is_ignored(const Process &process, int number) const {
    const std::uint64_t handler = process.signals.action(number).handler;
    if (handler == abi::handler_ignore) return true;
    if (handler != abi::handler_default) return false;
    const DefaultAction action = default_action(number);
    return action == DefaultAction::ignore || action == DefaultAction::resume || process.pid == init_pid;
}

void Server::send_signal(Process &target, const SignalOrigin &origin) {
    const int number = origin.number;
    if (target.system) {
        if (target.endpoint.is_process()) static_cast<void>(sys::kill(target.endpoint, number));
        return;
    }
    if (target.life == Life::forming) return target.signals.pending.add(origin);
    if (!target.alive()) return;
    if (number == signal::kill && target.pid != init_pid) return terminate(target, wait_status::killed(number));
    if (stop_signals.has(number)) target.signals.pending.discard(SignalSet::of(signal::cont));
    if (number == signal::cont) {
        target.signals.pending.discard(stop_signals);
        continue_process(target);
    }
    const bool awaited = target.call.waiting == Waiting::signal_info && target.call.wanted.has(number);
    const bool blocked = target.signals.mask.has(number);
    if (is_ignored(target, number) && !blocked && !awaited) return;
    target.signals.pending.add(origin);
    if (awaited) return resume_signal_wait(target);
    if (!blocked) wake_for_signal(target);
}

/// A signal that its receiver may not put off, from a fault: when it is blocked or has no handler it is fatal.
void Server::force_signal(Process &target, const SignalOrigin &origin) {
    if (!target.alive()) return;
    const int number = origin.number;
    const bool handled = target.signals.action(number).handler > abi::handler_ignore;
    if (!handled || target.signals.mask.has(number)) return terminate(target, wait_status::killed(number));
    target.signals.pending.add(origin);
    wake_for_signal(target);
}

void Server::wake_for_signal(Process &target) {
    if (&target != current_) return deliver(target);
    target.attention = attention_ = true;
}

void Server::stop_process(Process &process, int signal) {
    if (process.stopped) return;
    static_cast<void>(sys::run_control(process.endpoint, RunRequest::stop));
    process.stopped = true;
    process.status = wait_status::stopped(signal);
    process.stop_unreported = true;
    process.continue_unreported = false;
    tell_parent_of_stop(process, abi::signal_code::child_stopped, signal);
}

void Server::continue_process(Process &process) {
    if (!process.stopped) return;
    process.stopped = false;
    process.stop_unreported = false;
    process.continue_unreported = true;
    if (!process.held) static_cast<void>(sys::run_control(process.endpoint, RunRequest::resume));
    tell_parent_of_stop(process, abi::signal_code::child_continued, signal::cont);
    if (process.alive() && !process.deliverable().empty()) wake_for_signal(process);
}

void Server::tell_parent_of_stop(Process &process, std::int32_t code, int status) {
    Process *parent = process.parent;
    if (parent == nullptr) return;
    SignalOrigin notice;
    notice.number = signal::child;
    notice.code = code;
    notice.pid = process.pid;
    notice.uid = process.credentials.user.real;
    notice.value = static_cast<std::uint64_t>(status);
    resume_wait(*parent);
    const bool wanted = (parent->signals.action(signal::child).flags & abi::action_flag::no_child_stop) == 0;
    if (wanted) send_signal(*parent, notice);
}

}  // namespace axo::pm
