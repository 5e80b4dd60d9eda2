// Requests of PM: the life of processes.
#include "lib/base/owned.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vfs/calls/lock.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/exec/work.hpp"
#include "servers/vfs/file/open_node.hpp"
#include "servers/vfs/mount/mount_work.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

Result<Ref<FileContext>> copy_context(const FileContext &from) {
    FileContext *copy = TRY(create<FileContext>(arena_heap()));
    copy->umask = from.umask;
    copy->root = from.root;
    copy->current = from.current;
    return Ref<FileContext>(copy);
}

void exit(Vfs &vfs, Process &process) {
    const Ref<Process> keep(&process);
    vfs.state.processes.remove(process);
    while (CallLink *link = process.calls.front()) vfs.abandon(static_cast<Call &>(*link));
    if (process.session_leader) give_up_terminal(vfs, *process.session);
    if (process.descriptors->references == 1) drop_range_locks(vfs, *process.descriptors, Descriptors::all);
    process.descriptors.reset();
    // `files` goes with the process itself: a coroutine that is still at work on its call looks there.
    process.session.reset();
    process.program.reset();
}

Status fork(Vfs &vfs, const Fork &request) {
    Process *parent = vfs.state.processes.find(request.parent);
    if (parent == nullptr) return Error::no_process;
    // Everything that can fail comes before the child is known.
    Ref<DescriptorTable> descriptors = parent->descriptors;
    if (request.share_files == 0) descriptors = TRY(parent->descriptors->clone());
    Ref<FileContext> files = parent->files;
    if (request.share_fs == 0) files = TRY(copy_context(*parent->files));
    if (Process *before = vfs.state.processes.occupant(request.child)) exit(vfs, *before);
    Ref<Process> child = TRY(vfs.state.processes.add(request.child, request.pid));
    child->identity = parent->identity;
    child->descriptors = std::move(descriptors);
    child->files = std::move(files);
    child->group = request.group;
    child->session = parent->session;
    child->program = parent->program;
    return {};
}

Call *call_of(Process &process, std::uint64_t tag) {
    for (CallLink &link : process.calls) {
        auto &call = static_cast<Call &>(link);
        if (call.user.owed() && call.user.tag() == tag) return &call;
    }
    return nullptr;
}

/// A blocked call is answered with what it has.
void cancel(Vfs &vfs, Call &call) {
    switch (call.waiting) {
        case WaitKind::none: return;
        case WaitKind::running:
            call.cancelled = true;
            cancel_driver_request(call);
            return;
        case WaitKind::poll: return vfs.settle(call, Error::interrupted);
        case WaitKind::pipe_write:
        case WaitKind::device_write:
            if (call.progress != 0) return vfs.settle(call, static_cast<std::int64_t>(call.progress));
            break;
        default: break;
    }
    vfs.settle(call, Error::restart_call);
}

/// The process is somebody else from now on; calls under way go on as who it was.
Status change_identity(Process &process, const Credentials &credentials) {
    process.identity = TRY(make_identity(credentials));
    return {};
}

}  // namespace

void Vfs::on(Endpoint caller, const Fork &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::call_denied);
    reply.status(fork(*this, request));
}

void Vfs::on(Endpoint caller, const Exit &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::call_denied);
    if (Process *process = state.processes.find(request.process)) exit(*this, *process);
    reply.ok();
}

void Vfs::on(Endpoint caller, const SetIds &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::call_denied);
    Process *process = state.processes.find(request.process);
    if (process == nullptr) return reply.fail(Error::no_process);
    Credentials changed = process->identity->credentials;
    changed.real_uid = request.real_uid;
    changed.effective_uid = request.effective_uid;
    changed.uid = request.fs_uid;
    changed.real_gid = request.real_gid;
    changed.effective_gid = request.effective_gid;
    changed.gid = request.fs_gid;
    reply.status(change_identity(*process, changed));
}

void Vfs::on(Endpoint caller, const SetGroups &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::call_denied);
    Process *process = state.processes.find(request.process);
    if (process == nullptr) return reply.fail(Error::no_process);
    if (request.count > max_groups) return reply.fail(Error::invalid);
    Credentials changed = process->identity->credentials;
    if (request.count != 0) {
        const Status copied =
            sys::safe_copy_from(caller, request.groups, 0, changed.groups, request.count * sizeof changed.groups[0]);
        if (!copied) return reply.fail(copied.error());
    }
    changed.group_count = request.count;
    reply.status(change_identity(*process, changed));
}

void Vfs::on(Endpoint caller, const NewSession &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::call_denied);
    Process *process = state.processes.find(request.process);
    if (process == nullptr) return reply.fail(Error::no_process);
    const Result<Session *> session = create<Session>(arena_heap(), request.session);
    if (!session) return reply.fail(session.error());
    process->session = Ref<Session>(*session);
    process->session_leader = true;
    process->group = process->pid;
    reply.ok();
}

void Vfs::on(Endpoint caller, const SetGroup &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::call_denied);
    Process *process = state.processes.find(request.process);
    if (process == nullptr) return reply.fail(Error::no_process);
    process->group = request.group;
    reply.ok();
}

void Vfs::on(Endpoint caller, const Cancel &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::call_denied);
    Process *process = state.processes.find(request.process);
    Call *call = process != nullptr ? call_of(*process, request.tag) : nullptr;
    if (call != nullptr) {
        cancel(*this, *call);
    } else if (const auto parked = sef::Parked::take_call(request.process, request.tag)) {
        sef::UserCall(*parked).fail(Error::restart_call);
    }
    reply.ok();
}

sef::Task Vfs::on(Endpoint caller, Shutdown, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm && caller != endpoint::rs) {
        reply.fail(Error::call_denied);
        co_return;
    }
    // Whatever still runs keeps its files; what can be unmounted is.
    auto unmounting = unmount_all(*this);
    static_cast<void>(co_await unmounting);
    auto syncing = sync_all(*this);
    const Status synced = co_await syncing;
    reply.status(synced);
}

void Vfs::on(Endpoint, const Counters &, sef::ReplyTo<Counters::Reply> reply) {
    reply.ok({state.files.count(), state.vnodes.in_use(), state.pipes, state.running, state.processes.count()});
}

void Vfs::on(Endpoint caller, const device::PollReady &request, sef::ReplyTo<Nothing> reply) {
    for (Device &device : state.open_devices.all()) {
        const bool meant = device.kind == DeviceKind::character && device.driver == caller;
        if (meant && device.minor == request.minor && !device.stale) device_changed(*this, device);
    }
    reply.ok();
}

}  // namespace axo::vfs
