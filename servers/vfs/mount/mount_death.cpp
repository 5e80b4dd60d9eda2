// A file system that RS made for a mount is dead: every mount of it goes. What lay below is seen again; what is open in
// it stays, and every request of it gives EIO. One that is stateless is served again by the process that RS restarted.
#include "lib/sys/ds.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/mount/mount_place.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

/// Out of the tree; it lives as long as somebody is in it.
void take_away(Mount &mount) {
    const Ref<Mount> last(&mount);
    clear_place(MountTable::detach(mount));
}

/// Nobody can get at what is mounted inside any more. The last mount of a file system stays, if it is in use, until the
/// system goes down.
sef::Task unmount_inside(Vfs &vfs, Ref<FileSystem> dead) {
    for (Mount &inside : vfs.state.mounts.all()) {
        if (!inside.in_tree || !inside.covered || inside.covered->file_system != dead) continue;
        if (inside.file_system->mounts > 1) {
            take_away(inside);
            continue;
        }
        auto unmounting = unmount(vfs, Ref<Mount>(&inside));
        const Status unmounted = co_await unmounting;
        if (!unmounted) sys::log("what is mounted inside stays: error %d", static_cast<int>(unmounted.error()));
    }
}

/// The driver counts who has the minor open.
void close_device(const FileSystem &file_system) {
    if (file_system.major == 0) return;
    device::Close closing{};
    closing.minor = file_system.minor;
    static_cast<void>(sef::tell(file_system.driver_endpoint, closing));
}

/// The root is where it was, in another process; names and attributes are not remembered of such a file system.
sef::Task serve_again(Ref<FileSystem> file_system, const FileSystemKind *kind) {
    const Endpoint server = kind->server;
    const fs::Mount request{};
    const auto root = co_await sef::request(server, request);
    if (!file_system->root || kind->server != server) co_return;  // unmounted, or restarted once more
    if (!root || root->inode != file_system->root->inode) {
        sys::log("%s cannot be mounted again: error %d", file_system->type.text,
                 root ? static_cast<int>(Error::io) : static_cast<int>(root.error()));
        co_return;
    }
    file_system->server = server;
}

}  // namespace

void file_system_is_up(Vfs &vfs, std::string_view service, Endpoint server) {
    FileSystemKind *kind = vfs.state.kinds.of_service(service);
    if (kind == nullptr || !kind->stateless || kind->server == server) return;
    // Anybody may publish such a key; whom the label names only RS says.
    const auto named = sys::ds::endpoint_of(service);
    if (!named || *named != server) return;
    kind->server = server;
    for (FileSystem &file_system : vfs.state.file_systems.all()) {
        if (file_system.root && file_system.type == kind->type) serve_again(Ref<FileSystem>(&file_system), kind);
    }
}

void file_system_is_gone(Vfs &vfs, Endpoint server) {
    const Ref<FileSystem> file_system(vfs.state.file_systems.with_server(server));
    if (!file_system || file_system->gone) return;
    sys::log("%s died; its mounts go with it", file_system->type.text);
    file_system->gone = true;
    if (file_system->mounts == 0) return;  // whoever mounts or unmounts it finds out
    for (const Mount &mount : vfs.state.mounts.all())
        if (mount.in_tree && mount.file_system == file_system && mount.leaving) return;
    unmount_inside(vfs, file_system);
    close_device(*file_system);
    file_system->major = 0;  // the device is free
    for (Mount &mount : vfs.state.mounts.all())
        if (mount.in_tree && mount.file_system == file_system) take_away(mount);
    file_system->remembers = false;
    file_system->close();
    vfs.state.vnodes.forget_all(*file_system);
}

}  // namespace axo::vfs
