// Requests of RS: which driver serves which major, and reading service images.
#include "lib/sys/ds.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/device/driver_events.hpp"
#include "servers/vfs/mount/mount_work.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

/// Reads the file straight into RS's buffer; returns its size.
sef::Async<Result<std::uint64_t>> read_whole(Vfs &vfs, Endpoint requester, ReadFile request) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    if (request.path_bytes >= PathText::capacity) co_return Error::name_too_long;
    const Status copied = sys::safe_copy_from(requester, request.path, 0, path->buffer(), request.path_bytes);
    if (!copied) co_return copied.error();
    path->set_length(request.path_bytes);
    while (!vfs.state.root_ready) {
        auto mounted = vfs.root_mounted.wait();
        co_await mounted;
    }
    auto call = make_call(*vfs.state.system);
    if (!call) co_return call.error();
    auto walking = walk(vfs, *call, (*call)->files().root, path.get(), LastLink::follow);
    auto found = co_await walking;
    if (!found) co_return found.error();
    Vnode &vnode = **found;
    if (!abi::is_regular(vnode.mode)) co_return abi::is_directory(vnode.mode) ? Error::is_directory : Error::invalid;
    if (vnode.size > request.buffer_bytes) co_return vnode.size;
    auto buffer = sys::Grant::indirect(vnode.server(), requester, request.buffer);
    if (!buffer) co_return Error::no_memory;
    const fs::Read reading{vnode.inode, 0, vnode.size, buffer->id(), 0};
    const auto answer = co_await sef::request(vnode.server(), reading);
    node_changed(vnode, answer);
    if (!answer) co_return answer.error();
    if (answer->bytes != vnode.size) co_return Error::io;
    co_return vnode.size;
}

}  // namespace

void Vfs::on(Endpoint caller, const MapDriver &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::rs) return reply.fail(Error::call_denied);
    const std::string_view label = text_of(request.label);
    if (label.empty() || label.size() >= label_size) return reply.fail(Error::invalid);
    const DeviceKind kind = request.block != 0 ? DeviceKind::block : DeviceKind::character;
    const auto is_there = [](const DeviceEntry &entry) { return sys::ds::endpoint_of(entry.label).has_value(); };
    reply.status(state.devices.map(kind, request.major, label, request.driver, is_there));
}

void Vfs::on(Endpoint caller, const ServiceDied &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::rs) return reply.fail(Error::call_denied);
    file_system_is_gone(*this, request.process);
    driver_died(*this, request.process);
    reply.ok();
}

sef::Task Vfs::on(Endpoint caller, ReadFile request, sef::ReplyTo<ReadFile::Reply> reply) {
    if (caller != endpoint::rs) {
        reply.fail(Error::call_denied);
        co_return;
    }
    auto reading = read_whole(*this, caller, request);
    const auto size = co_await reading;
    if (!size) {
        reply.fail(size.error());
    } else {
        reply.ok({*size});  // larger than the buffer: RS asks again with a larger one
    }
}

}  // namespace axo::vfs
