// Process ids, process groups and sessions.
#include "servers/pm/server.hpp"

namespace axo::pm {

std::int64_t Server::call_getpid(Process &caller, Call) { return caller.pid; }
std::int64_t Server::call_getppid(Process &caller, Call) { return caller.parent == nullptr ? 0 : caller.parent->pid; }
std::int64_t Server::call_getpgrp(Process &caller, Call) { return caller.group; }

std::int64_t Server::call_getpgid(Process &caller, Call call) {
    const auto pid = static_cast<std::uint32_t>(call.argument(0));
    const Process *process = pid == 0 ? &caller : processes_.find_pid(pid);
    return process == nullptr ? to_wire(Error::no_process) : static_cast<std::int64_t>(process->group);
}

std::int64_t Server::call_getsid(Process &caller, Call call) {
    const auto pid = static_cast<std::uint32_t>(call.argument(0));
    const Process *process = pid == 0 ? &caller : processes_.find_pid(pid);
    return process == nullptr ? to_wire(Error::no_process) : static_cast<std::int64_t>(process->session);
}

std::int64_t Server::call_setpgid(Process &caller, Call call) {
    const auto pid = static_cast<std::int32_t>(call.argument(0)), wanted = static_cast<std::int32_t>(call.argument(1));
    if (pid < 0 || wanted < 0) return to_wire(wanted < 0 ? Error::invalid : Error::no_process);
    Process *target = pid == 0 ? &caller : processes_.find_pid(static_cast<std::uint32_t>(pid));
    if (target == nullptr || (target != &caller && target->parent != &caller)) return to_wire(Error::no_process);
    if (target->session != caller.session || target->session == target->pid) return to_wire(Error::not_permitted);
    if (target != &caller && target->has_executed) return to_wire(Error::access);
    const std::uint32_t group = wanted == 0 ? target->pid : static_cast<std::uint32_t>(wanted);
    if (group != target->pid) {
        bool in_session = false;
        for (const Process &member : processes_.all())
            in_session = in_session || (member.group == group && member.session == target->session);
        if (!in_session) return to_wire(Error::not_permitted);
    }
    const vfs::SetGroup told{target->endpoint, group};
    if (!sef::tell(endpoint::vfs, told)) return to_wire(Error::no_memory);
    target->group = group;
    return 0;
}

std::int64_t Server::call_setsid(Process &caller, Call) {
    if (caller.group == caller.pid || processes_.group_exists(caller.pid)) return to_wire(Error::not_permitted);
    caller.call.waiting = Waiting::busy;
    if (new_session_task(caller.endpoint).started()) return later;
    caller.call.waiting = Waiting::nothing;
    return to_wire(Error::not_permitted);
}

sef::Task Server::new_session_task(Endpoint endpoint) {
    Process *process = processes_.find(endpoint);
    if (process == nullptr) co_return;
    vfs::NewSession request{};
    request.process = endpoint;
    request.session = process->pid;
    const auto told = co_await sef::request(endpoint::vfs, request);
    process = processes_.find(endpoint);
    if (process == nullptr || !process->alive()) co_return;
    if (told) process->session = process->group = process->pid;
    answer(*process, told ? static_cast<std::int64_t>(process->pid) : to_wire(told.error()));
}

}  // namespace axo::pm
