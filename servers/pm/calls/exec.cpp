// The second half of exec: VFS has built the new image; PM puts it in place and makes the process fit for it.
#include "axo/vm_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/pm/process/owner.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

sef::Task Server::on(Endpoint caller, ExecCommit request, sef::ReplyTo<Nothing> reply) {
    Process *process = processes_.find(request.process);
    if (caller != endpoint::vfs || process == nullptr || !process->alive()) {
        reply.fail(caller != endpoint::vfs ? Error::not_permitted : Error::no_process);
        co_return;
    }
    const vm::ExecSwitch change{request.process, owner_of(*process)};
    const auto switched = co_await sef::request(endpoint::vm, change);
    process = processes_.find(request.process);
    if (process == nullptr || !process->alive()) {
        reply.fail(Error::no_process);
        co_return;
    }
    if (!switched) {
        reply.fail(switched.error());
        co_return;
    }
    reset_for_exec(*process, request);
    const Status started = sys::exec(request.process, request.entry, request.stack_pointer, process->name);
    if (!started) {
        sys::log("exec of %s: error %d", process->name.text, static_cast<int>(started.error()));
        terminate(*process, wait_status::killed(signal::kill));
    }
    reply.ok();
}

void Server::reset_for_exec(Process &process, const ExecCommit &request) {
    for (abi::SignalAction &action : process.signals.actions)
        if (action.handler != abi::handler_ignore) action = {};
    process.signals.stack = {.address = 0, .flags = abi::stack_flag::disable, .padding = 0, .size = 0};
    Credentials &credentials = process.credentials;
    if (request.set_uid != keep_id) credentials.user.effective = request.set_uid;
    if (request.set_gid != keep_id) credentials.group.effective = request.set_gid;
    for (IdSet *ids : {&credentials.user, &credentials.group}) ids->saved = ids->file_system = ids->effective;
    process.name = Label::cut(text_of(request.name));
    process.has_executed = true;
    process.shares_memory = false;
    process.space = process.pid;
    process.clear_tid_address = 0;
    release_vfork_parent(process);
}

}  // namespace axo::pm
