// sync, syncfs, fsync, fdatasync.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

sef::Async<Outcome> sync_everything(Vfs &vfs) {
    auto syncing = sync_all(vfs);
    static_cast<void>(co_await syncing);  // sync() has no way to say that it failed
    co_return 0;
}

/// inode 0: the whole file system.
sef::Async<Outcome> sync_inode(Ref<Call> call, Ref<Vnode> vnode, std::uint64_t inode) {
    const fs::Sync request{inode};
    const auto answer = co_await sef::request(vnode->id.file_system, request);
    if (!answer) co_return error_for_user(*call, answer.error());
    co_return 0;
}

}  // namespace

Outcome call_sync(Vfs &vfs, Call &call) { return vfs.drive(call, sync_everything(vfs)); }

Outcome call_syncfs(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    if (file->vnode->mount == nullptr) return 0;
    return vfs.drive(call, sync_inode(Ref<Call>(&call), file->vnode, 0));
}

Outcome call_fsync(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    if (file->kind == FileKind::path_only) return Error::bad_descriptor;
    if (file->kind == FileKind::block) return 0;  // written through
    if (file->kind != FileKind::regular && file->kind != FileKind::directory) return Error::invalid;
    return vfs.drive(call, sync_inode(Ref<Call>(&call), file->vnode, file->vnode->id.inode));
}

}  // namespace axo::vfs
