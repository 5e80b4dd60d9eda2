// wait4 and waitid. A wait that finds nothing leaves its question in the parent's record and is asked again whenever a
// child changes its state.
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

namespace option = abi::wait_option;

abi::TimeVal time_value(std::uint64_t nanoseconds) {
    return {static_cast<std::int64_t>(nanoseconds / 1'000'000'000),
            static_cast<std::int64_t>(nanoseconds % 1'000'000'000 / 1000)};
}

abi::ResourceUsage resource_usage(const Usage &usage) {
    abi::ResourceUsage result{};
    result.user = time_value(usage.user);
    result.system = time_value(usage.system);
    return result;
}

std::uint32_t reported_status(const Process &child, ChildEvent event) {
    return event == ChildEvent::continued ? wait_status::continued : child.status;
}

abi::SignalInfo wait_info(const Process &child, ChildEvent event) {
    abi::SignalInfo info{};
    info.number = signal::child;
    info.fields.child.pid = child.pid;
    info.fields.child.uid = child.credentials.user.real;
    const std::uint32_t status = child.status;
    if (event == ChildEvent::exited && !wait_status::was_killed(status)) {
        info.code = abi::signal_code::child_exited;
        info.fields.child.status = static_cast<std::int32_t>(wait_status::exit_code(status));
    } else if (event == ChildEvent::exited) {
        info.code = abi::signal_code::child_killed;
        info.fields.child.status = static_cast<std::int32_t>(wait_status::signal(status));
    } else {
        const bool stop = event == ChildEvent::stopped;
        info.code = stop ? abi::signal_code::child_stopped : abi::signal_code::child_continued;
        info.fields.child.status = stop ? static_cast<std::int32_t>(status >> 8) : signal::cont;
    }
    return info;
}

}  // namespace

std::int64_t Server::call_wait4(Process &caller, Call call) {
    constexpr std::uint32_t known =
        option::no_hang | option::stopped | option::continued | option::no_thread | option::all | option::clone;
    const auto options = static_cast<std::uint32_t>(call.argument(2));
    const auto pid = static_cast<std::int32_t>(call.argument(0));
    if ((options & ~known) != 0) return to_wire(Error::invalid);
    if (pid == INT32_MIN) return to_wire(Error::no_process);
    PendingCall wait = caller.call;
    wait.target = wait4_target(pid, options | option::exited, caller.group);
    wait.which = 0;
    wait.status_address = call.argument(1);
    wait.usage_address = call.argument(3);
    return begin_wait(caller, wait);
}

std::int64_t Server::call_waitid(Process &caller, Call call) {
    constexpr std::uint32_t known = option::no_hang | option::stopped | option::exited | option::continued |
                                    option::no_wait | option::no_thread | option::all | option::clone;
    constexpr std::uint64_t p_all = 0, p_pid = 1, p_pgid = 2;
    const auto options = static_cast<std::uint32_t>(call.argument(3));
    const auto id = static_cast<std::uint32_t>(call.argument(1));
    if ((options & ~known) != 0 || (options & (option::stopped | option::exited | option::continued)) == 0)
        return to_wire(Error::invalid);
    PendingCall wait = caller.call;
    switch (call.argument(0)) {
        case p_all: wait.target = {WaitWhom::any, 0, options}; break;
        case p_pid:
            if (id == 0) return to_wire(Error::invalid);
            wait.target = {WaitWhom::pid, id, options};
            break;
        case p_pgid: wait.target = {WaitWhom::group, id == 0 ? caller.group : id, options}; break;
        default: return to_wire(Error::invalid);
    }
    wait.which = 1;
    wait.status_address = call.argument(2);
    wait.usage_address = call.argument(4);
    return begin_wait(caller, wait);
}

std::int64_t Server::begin_wait(Process &caller, const PendingCall &wait) {
    const std::int64_t value = try_wait(caller, wait);
    if (value != later) return value;
    caller.call = wait;
    return wait_for_answer(caller, Waiting::child);
}

std::int64_t Server::try_wait(Process &parent, const PendingCall &wait) {
    bool named = false;
    for (Process &child : parent.children) {
        const ChildState state = child.child_state();
        named = named || wait_names(wait.target, state);
        const ChildEvent event = wait_event(wait.target, state);
        if (event != ChildEvent::none) return report_child(parent, child, event, wait);
    }
    if (!named) return to_wire(Error::no_child);
    if ((wait.target.options & option::no_hang) == 0) return later;
    if (wait.which == 0 || wait.status_address == 0) return 0;
    const abi::SignalInfo nothing{};
    return to_wire(put(parent, wait.status_address, nothing));
}

std::int64_t Server::report_child(Process &parent, Process &child, ChildEvent event, const PendingCall &wait) {
    Status written{};
    if (wait.status_address != 0) {
        written = wait.which == 0 ? put(parent, wait.status_address, reported_status(child, event))
                                  : put(parent, wait.status_address, wait_info(child, event));
    }
    if (written && wait.usage_address != 0) {
        Usage usage = child.usage;
        usage.add(child.children_usage);
        written = put(parent, wait.usage_address, resource_usage(usage));
    }
    if (!written) return to_wire(written.error());
    const std::int64_t result = wait.which == 0 ? static_cast<std::int64_t>(child.pid) : 0;
    if ((wait.target.options & option::no_wait) != 0) return result;
    if (event == ChildEvent::stopped)
        child.stop_unreported = false;
    else if (event == ChildEvent::continued)
        child.continue_unreported = false;
    else
        reap(parent, child);
    return result;
}

/// Something about a child of `parent` changed.
void Server::resume_wait(Process &parent) {
    if (!parent.alive() || parent.call.waiting != Waiting::child) return;
    const std::int64_t value = try_wait(parent, parent.call);
    if (value == later) return;
    if (value == to_wire(Error::absent))
        resume_wait_when_present(parent.endpoint);
    else
        answer(parent, value);
}

sef::Task Server::resume_wait_when_present(Endpoint parent) {
    auto present = bring_in(parent, missing_);
    const Status brought = co_await present;
    Process *process = processes_.find(parent);
    if (process == nullptr || !process->alive() || process->call.waiting != Waiting::child) co_return;
    if (brought)
        resume_wait(*process);
    else
        answer(*process, to_wire(brought.error()));
}

}  // namespace axo::pm
