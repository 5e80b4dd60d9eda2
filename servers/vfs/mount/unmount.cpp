// Unmounting, see mount_work.hpp.
#include "axo/rs_protocol.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/mount/mount_place.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

/// VM gives back the files of which it only remembers pages. What is mapped it keeps. Errors: io (the file system
/// died).
sef::Async<Status> drop_pages(Vfs &vfs, FileSystem *file_system) {
    for (const Vnode *kept = vfs.state.vnodes.kept_by_vm(*file_system, 0); kept != nullptr;) {
        const vm::FileChanged request{kept->file_id(), 0, 0};
        static_cast<void>(co_await sef::request(endpoint::vm, request));
        if (file_system->gone) co_return Error::io;
        kept = vfs.state.vnodes.kept_by_vm(*file_system, request.file.inode);
    }
    co_return Status{};
}

/// Somebody besides the caller, who holds it once, is in it or works on it.
bool in_use(const Mount &mount) { return mount.leaving || mount.references != 1; }

/// The file system gave its root out again for every ".." that led there.
void hold_once(Vnode &root) {
    release_node(root.server(), root.inode, root.holds - 1);
    root.holds = 1;
}

/// What is no root is released before the file system lets go, and could not be had again: everything is on the device
/// by then. Errors: busy, io.
sef::Async<Status> show_root_instead(Vfs &vfs, Mount *mount) {
    FileSystem &file_system = *mount->file_system;
    const fs::Sync request{0};
    const auto written = co_await sef::request(file_system.server, request);
    if (!written && written.error() != Error::dead_peer) co_return written.error();
    if (!mount->in_tree) co_return Error::io;  // it died, and the mount went with it
    if (in_use(*mount) || !vfs.state.vnodes.evict_all(file_system, mount)) co_return Error::busy;
    mount->leaving = true;  // nobody enters and sees it
    mount->root = file_system.root;
    vfs.state.vnodes.evict_all(file_system, mount);
    co_return Status{};
}

/// The last mount of a file system, which goes with it. The place is free when the file system has let go.
sef::Async<Status> unmount_last(Vfs &vfs, Mount *mount) {
    const Ref<FileSystem> file_system = mount->file_system;
    if (file_system->settling) co_return Error::busy;
    file_system->settling = true;
    auto dropping = drop_pages(vfs, file_system.get());
    const Status dropped = co_await dropping;
    if (!dropped && dropped.error() == Error::io) co_return Error::io;  // and the mount is no more
    file_system->settling = false;
    if (in_use(*mount) || !vfs.state.vnodes.evict_all(*file_system, mount)) co_return Error::busy;
    const bool shows_root = mount->root == file_system->root;
    if (!shows_root) {
        auto changing = show_root_instead(vfs, mount);
        const Status changed = co_await changing;
        if (!changed) co_return changed;
    }
    mount->leaving = true;
    hold_once(*file_system->root);
    const fs::Unmount request{0, 0};
    const auto answer = co_await sef::request(file_system->server, request);
    const bool refused = !answer && answer.error() != Error::dead_peer;
    if (refused && shows_root) {
        mount->leaving = false;
        co_return answer.error();
    }
    const Path place = MountTable::detach(*mount);
    mount->root.reset();
    file_system->close();
    clear_place(place);
    const rs::StopFileSystem stopping{file_system->server, 0};
    if (file_system->own_service) static_cast<void>(co_await sef::request(endpoint::rs, stopping, sef::no_deadline));
    if (refused) co_return answer.error();
    co_return Status{};
}

}  // namespace

sef::Async<Status> unmount(Vfs &vfs, Ref<Mount> mount) {
    if (!mount->in_tree || !mount->covered || in_use(*mount)) co_return Error::busy;
    if (mount->file_system->mounts > 1) {
        clear_place(MountTable::detach(*mount));
        co_return Status{};
    }
    auto unmounting = unmount_last(vfs, mount.get());
    co_return co_await unmounting;
}

sef::Async<Status> unmount_all(Vfs &vfs) {
    for (bool again = true; again;) {  // what is mounted inside goes before what it is mounted in
        again = false;
        for (std::size_t i = MountTable::capacity; i-- > 0;) {
            Mount &mount = vfs.state.mounts.all()[i];
            if (!mount.in_tree || !mount.covered) continue;
            auto unmounting = unmount(vfs, Ref<Mount>(&mount));
            const Status unmounted = co_await unmounting;
            again = again || unmounted;
        }
    }
    co_return Status{};
}

}  // namespace axo::vfs
