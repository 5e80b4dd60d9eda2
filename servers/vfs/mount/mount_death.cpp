// A file system that RS made for a mount is dead: the mount goes with it. What lay below is seen again; what is open in
// it stays, and every request of it gives EIO.
#include "servers/vfs/mount/mount_work.hpp"

#include "lib/sys/log.hpp"
#include "servers/vfs/mount/file_system.hpp"

namespace axo::vfs {
namespace {

/// Nobody can get at what is mounted inside any more; what is in use there stays until the system goes down.
sef::Task unmount_inside(Vfs &vfs, Endpoint dead) {
    for (Mount &inside : vfs.state.mounts.all()) {
        if (!inside.used || !inside.covered || !(inside.covered->id.file_system == dead)) continue;
        auto unmounting = unmount_file_system(vfs, &inside);
        const Status unmounted = co_await unmounting;
        if (!unmounted) sys::log("what is mounted inside stays: error %d", static_cast<int>(unmounted.error()));
    }
}

/// The driver counts who has the minor open.
void close_device(const Mount &mount) {
    if (mount.major == 0) return;
    device::Close closing{};
    closing.minor = mount.minor;
    static_cast<void>(sef::tell(mount.driver_endpoint, closing));
}

void detach(Vfs &vfs, Mount &mount) {
    const Ref<Vnode> covered = std::move(mount.covered);
    covered->mounted_here = nullptr;
    static_cast<void>(sef::tell(covered->id.file_system, fs::SetMountPoint{covered->id.inode, 0}));
    vfs.state.vnodes.forget_mount(mount);
    const Ref<Vnode> root = std::move(mount.root);
    root->links = 0;
}

}  // namespace

void file_system_is_gone(Vfs &vfs, Endpoint server) {
    Mount *mount = vfs.state.mounts.with_file_system(server);
    if (mount == nullptr || mount->gone) return;
    sys::log("%s died; its mount goes with it", mount->type.text);
    mount->gone = true;
    if (!mount->covered || mount->leaving) return;  // whoever mounts or unmounts it finds out
    unmount_inside(vfs, server);
    close_device(*mount);
    mount->major = 0;  // the device is free
    detach(vfs, *mount);
}

}  // namespace axo::vfs
