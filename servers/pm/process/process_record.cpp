// What procfs asks: which processes there are, and everything PM knows of one.
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

ProcessLife life_of(const Process &process) {
    if (process.life == Life::zombie) return ProcessLife::zombie;
    return process.stopped ? ProcessLife::stopped : ProcessLife::alive;
}

/// The signals whose action the process set to `handler`; with handler_default: those it catches.
std::uint64_t signals_with(const SignalState &signals, std::uint64_t handler) {
    SignalSet set;
    for (int number = 1; number <= signal::last; ++number) {
        const std::uint64_t chosen = signals.action(number).handler;
        const bool caught = chosen != abi::handler_default && chosen != abi::handler_ignore;
        if (handler == abi::handler_default ? caught : chosen == handler) set.add(number);
    }
    return set.bits();
}

ProcessRecord record_of(const Process &process, const Usage &usage) {
    const IdSet &user = process.credentials.user, &group = process.credentials.group;
    ProcessRecord record{
        .pid = process.pid,
        .parent = process.parent == nullptr ? 0 : process.parent->pid,
        .group = process.group,
        .session = process.session,
        .real_uid = user.real,
        .effective_uid = user.effective,
        .saved_uid = user.saved,
        .file_system_uid = user.file_system,
        .real_gid = group.real,
        .effective_gid = group.effective,
        .saved_gid = group.saved,
        .file_system_gid = group.file_system,
        .process = process.endpoint,
        .life = life_of(process),
        .nice = process.nice,
        .system = process.system ? 1u : 0u,
        .started = process.started,
        .user = usage.user,
        .system_time = usage.system,
        .children_user = process.children_usage.user,
        .children_system = process.children_usage.system,
        .pending_signals = process.signals.pending.set().bits(),
        .blocked_signals = process.signals.mask.bits(),
        .ignored_signals = signals_with(process.signals, abi::handler_ignore),
        .caught_signals = signals_with(process.signals, abi::handler_default),
        .name = {},
    };
    put_text(record.name, process.name.view());
    return record;
}

}  // namespace

void Server::on(Endpoint caller, const ListProcesses &request, sef::ReplyTo<ListProcesses::Reply> reply) {
    std::uint64_t words[pid_max / 64] = {};
    if (request.bytes < sizeof words) return reply.fail(Error::invalid);
    for (const Process &process : processes_.all()) words[process.pid / 64] |= 1ull << (process.pid % 64);
    const Status copied = sys::safe_copy_to(caller, request.bitmap, 0, words, sizeof words);
    if (!copied) return reply.fail(copied.error());
    reply.ok({processes_.last_given(), 0});
}

void Server::on(Endpoint caller, const DescribeProcess &request, sef::ReplyTo<Nothing> reply) {
    const Process *process = processes_.find_pid(request.pid);
    if (process == nullptr) return reply.fail(Error::no_process);
    const ProcessRecord record = record_of(*process, usage_of(*process));
    reply.status(sys::safe_copy_to(caller, request.record, 0, &record, sizeof record));
}

void Server::on(Endpoint caller, const HostName &request, sef::ReplyTo<HostName::Reply> reply) {
    const std::string_view name = text_of(state_.host_name);
    const std::size_t bytes = name.size() < request.bytes ? name.size() : request.bytes;
    const Status copied = sys::safe_copy_to(caller, request.buffer, 0, name.data(), bytes);
    if (!copied) return reply.fail(copied.error());
    reply.ok({bytes});
}

}  // namespace axo::pm
