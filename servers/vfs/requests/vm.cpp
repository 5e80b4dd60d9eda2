// Requests of VM: mapped files and their content.
#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/file/file_map.hpp"
#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint32_t protection_write = 2, protection_execute = 4, map_shared = 1, map_type = 0xf;

/// Errors: bad_descriptor, access, no_device.
Result<const OpenFile *> mappable(Vfs &vfs, const MapFile &request) {
    Process *process = vfs.state.processes.find(request.process);
    if (process == nullptr) return Error::no_process;
    const OpenFile *file = process->descriptors->find(static_cast<std::uint32_t>(request.descriptor));
    if (file == nullptr || operations_of(*file).only_a_path) return Error::bad_descriptor;
    if (!file->readable()) return Error::access;
    const bool shared = (request.flags & map_type) == map_shared;
    if (shared && (request.protection & protection_write) != 0 && !file->writable()) return Error::access;
    if (!operations_of(*file).has_pages) return Error::no_device;
    const Mount *mount = file->mount.get();
    if ((request.protection & protection_execute) != 0 && mount != nullptr && mount->has(mount_flag::no_programs))
        return Error::not_permitted;
    return file;
}

}  // namespace

void hold_for_vm(Vnode &vnode, std::uint32_t access_time) {
    if (vnode.vm_holds == 0 || vnode.mapping_access_time == fs::access_time::kept)
        vnode.mapping_access_time = access_time;
    if (vnode.vm_holds++ == 0) ++vnode.references;
}

void tell_vm_if_removed(const Vnode &vnode) {
    if (vnode.links != 0 || vnode.vm_holds == 0) return;
    const vm::FileRemoved removed{vnode.file_id()};
    static_cast<void>(sef::tell(endpoint::vm, removed));  // else its pages stay until memory is short
}

void release_from_vm(Vnode &vnode, std::uint64_t holds) {
    if (vnode.vm_holds == 0) return;
    vnode.vm_holds = holds < vnode.vm_holds ? vnode.vm_holds - holds : 0;
    if (vnode.vm_holds != 0) return;
    const Ref<Vnode> last = Ref<Vnode>::adopt(&vnode);
}

void Vfs::on(Endpoint caller, const MapFile &request, sef::ReplyTo<MapFile::Reply> reply) {
    if (caller != endpoint::vm) return reply.fail(Error::call_denied);
    const Result<const OpenFile *> file = mappable(*this, request);
    if (!file) return reply.fail(file.error());
    Vnode &vnode = *(*file)->vnode;
    hold_for_vm(vnode, (*file)->access_time());
    reply.ok({vnode.file_id(), vnode.size, 0});
    tell_vm_if_removed(vnode);
}

sef::Task Vfs::on(Endpoint caller, PageIn request, sef::ReplyTo<PageIn::Reply> reply) {
    const Vnode *vnode = state.vnodes.find(request.file);
    if (caller != endpoint::vm || vnode == nullptr || vnode->vm_holds == 0) {
        reply.fail(caller != endpoint::vm ? Error::call_denied : Error::no_entry);
        co_return;
    }
    const Endpoint server = vnode->server();
    auto buffer = sys::Grant::indirect(server, caller, request.buffer);
    if (!buffer) {
        reply.fail(Error::no_memory);
        co_return;
    }
    const fs::Read reading{request.file.inode, request.offset, request.bytes, buffer->id(), vnode->mapping_access_time};
    const auto answer = co_await sef::request(server, reading);
    if (Vnode *read = state.vnodes.find(request.file)) node_changed(*read, answer);
    if (answer) {
        reply.ok({answer->bytes});
    } else {
        reply.fail(Error::io);
    }
}

void Vfs::on(Endpoint caller, const ReleaseFile &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::vm) return reply.fail(Error::call_denied);
    if (Vnode *vnode = state.vnodes.find(request.file)) release_from_vm(*vnode, request.holds);
    reply.ok();
}

}  // namespace axo::vfs
