// sync, syncfs, fsync, fdatasync.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/file/file_io.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

sef::Async<Outcome> sync_everything(Vfs &vfs) {
    auto syncing = sync_all(vfs);
    static_cast<void>(co_await syncing);  // sync() has no way to say that it failed
    co_return 0;
}

}  // namespace

Outcome call_sync(Vfs &vfs, Call &call) { return vfs.drive(call, sync_everything(vfs)); }

Outcome call_syncfs(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    if (!file->vnode->file_system) return 0;
    return vfs.drive(call, sync_inode(Ref<Call>(&call), file->vnode, 0));
}

Outcome call_fsync(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    return operations_of(*file).sync(vfs, call, *file);
}

}  // namespace axo::vfs
