// The end of a process: no user mode any more, VFS and VM clean up, the kernel's slot goes, the children get another
// parent, and what is left waits as a zombie for the parent to ask.
#include "axo/exit_code.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr std::uint32_t init_pid = 1;

/// 100 per second, as times() and siginfo count.
constexpr std::uint64_t clock_ticks(std::uint64_t nanoseconds) { return nanoseconds / 10'000'000; }

SignalOrigin death_notice(const Process &child) {
    const bool killed = wait_status::was_killed(child.status);
    SignalOrigin origin;
    origin.number = static_cast<std::int32_t>(child.exit_signal);
    origin.code = killed ? abi::signal_code::child_killed : abi::signal_code::child_exited;
    origin.pid = child.pid;
    origin.uid = child.credentials.user.real;
    origin.value = killed ? wait_status::signal(child.status) : wait_status::exit_code(child.status);
    origin.user = clock_ticks(child.usage.user);
    origin.system = clock_ticks(child.usage.system);
    return origin;
}

}  // namespace

std::int64_t Server::call_exit(Process &caller, Call call) {
    terminate(caller, wait_status::exited(static_cast<std::uint32_t>(call.argument(0))));
    return later;
}

void Server::terminate(Process &process, std::uint32_t status) {
    if (!process.alive()) return;
    process.life = Life::exiting;
    process.status = status;
    static_cast<void>(sys::run_control(process.endpoint, RunRequest::stop));
    disarm(process.interval_timer);
    disarm(process.wait_timer);
    process.futex_waiter.unlink();
    process.call.waiting = Waiting::nothing;
    release_vfork_parent(process);
    if (!exit_task(process.endpoint).started()) {
        sys::log("no memory to clean up after %s", process.name.text);
        bury(process);
    }
}

sef::Task Server::exit_task(Endpoint endpoint) {
    const vfs::Exit files{endpoint};
    static_cast<void>(co_await sef::request(endpoint::vfs, files, sef::no_deadline));
    const vm::Exit memory{endpoint};
    static_cast<void>(co_await sef::request(endpoint::vm, memory, sef::no_deadline));
    if (Process *process = processes_.find(endpoint)) bury(*process);
}

void Server::bury(Process &process) {
    process.usage = usage_of(process);
    static_cast<void>(sys::clear(process.endpoint));
    processes_.unbind(process);
    if (process.pid == init_pid && !state_.going_down) {
        sys::log("init ended with status %x; the system stops", process.status);
        static_cast<void>(sys::shutdown(ShutdownHow::test_exit, static_cast<int>(ExitCode::test_failed)));
    }
    process.life = Life::zombie;
    process.stop_unreported = process.continue_unreported = false;
    process.signals.pending.discard(SignalSet(~0ull));
    signal_orphaned_groups(process);
    reparent_children(process);
    tell_parent_of_death(process);
}

void Server::reparent_children(Process &process) {
    Process *init = processes_.find_pid(init_pid);
    if (init == nullptr || init == &process) return;
    while (Process *child = process.children.front()) {
        ProcessTable::adopt(*init, *child);
        child->exit_signal = signal::child;
        if (child->life == Life::zombie) tell_parent_of_death(*child);
    }
}

void Server::tell_parent_of_death(Process &child) {
    Process *parent = child.parent;
    if (parent == nullptr) return;
    const abi::SignalAction &action = parent->signals.action(signal::child);
    const bool unwanted = child.exit_signal == signal::child && (action.handler == abi::handler_ignore ||
                                                                 (action.flags & abi::action_flag::no_child_wait) != 0);
    const SignalOrigin notice = death_notice(child);
    if (unwanted) reap(*parent, child);
    resume_wait(*parent);
    if (notice.number != 0 && !(unwanted && action.handler == abi::handler_ignore)) send_signal(*parent, notice);
}

/// The record goes; the times stay with the parent.
void Server::reap(Process &parent, Process &child) {
    parent.children_usage.add(child.usage);
    parent.children_usage.add(child.children_usage);
    processes_.destroy(child);
}

/// Is this process what keeps the group of `member`, which may be itself, tied to its session? (POSIX: a group is
/// orphaned when the parent of every member is in the group itself or in another session.)
static bool ties(const Process &parent, const Process &member) {
    return parent.group != member.group && parent.session == member.session;
}

bool Server::is_orphaned(std::uint32_t group, const Process *without) {
    for (const Process &member : processes_.all()) {
        if (&member == without || member.group != group || member.life == Life::zombie) continue;
        if (member.parent != nullptr && member.parent != without && ties(*member.parent, member)) return false;
    }
    return true;
}

/// A group whose last tie to its session is cut, and that has stopped members, gets HUP and CONT (POSIX _exit). One
/// that was orphaned before, and one whose stopped members are dead, is left alone.
void Server::signal_orphaned_groups(Process &process) {
    const auto wake = [&](std::uint32_t group) {
        bool stopped = false;
        for (const Process &member : processes_.all())
            stopped = stopped || (member.group == group && member.stopped && member.alive());
        if (!stopped || !is_orphaned(group, &process)) return;
        for (Process &member : processes_.all()) {
            if (member.group != group || !member.alive()) continue;
            for (const int number : {signal::hup, signal::cont})
                if (member.alive()) send_signal(member, {.number = number, .code = abi::signal_code::kernel});
        }
    };
    if (process.parent != nullptr && ties(*process.parent, process)) wake(process.group);
    for (Process &child : process.children)
        if (ties(process, child)) wake(child.group);
}

}  // namespace axo::pm
