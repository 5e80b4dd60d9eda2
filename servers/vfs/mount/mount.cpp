// See mount.hpp.
#include "servers/vfs/mount/mount.hpp"

namespace axo::vfs {

void Mount::unreferenced() {
    if (in_tree) return;
    const Ref<FileSystem> last = std::move(file_system);  // outlives the root, which gives its hold back there
    const Ref<Vnode> shown = std::move(root);
    *this = Mount{};
}

Result<Ref<Mount>> MountTable::make(Ref<FileSystem> file_system, std::uint64_t flags) {
    for (Mount &mount : mounts_) {
        if (mount.used) continue;
        mount.used = true;
        mount.flags = flags;
        mount.file_system = std::move(file_system);
        return Ref<Mount>(&mount);
    }
    return Error::table_full;
}

void MountTable::set_root(Mount &mount) {
    root_ = &mount;
    mount.in_tree = true;
    ++mount.file_system->mounts;
}

void MountTable::attach(Mount &mount) {
    mount.in_tree = true;
    ++mount.file_system->mounts;
    Vnode &covered = *mount.covered.vnode;
    mount.next_here = covered.mounted_here;
    covered.mounted_here = &mount;
}

Path MountTable::detach(Mount &mount) {
    Path covered = std::move(mount.covered);
    Mount **link = &covered.vnode->mounted_here;
    while (*link != &mount) link = &(*link)->next_here;
    *link = std::exchange(mount.next_here, nullptr);
    mount.covered_in.reset();
    mount.in_tree = false;
    --mount.file_system->mounts;
    return covered;
}

std::uint32_t access_time_in(const Mount *mount, const Vnode &vnode) {
    if (mount == nullptr) return fs::access_time::relative;
    const bool of_directories = mount->has(mount_flag::no_directory_access_times) && abi::is_directory(vnode.mode);
    if (mount->has(mount_flag::no_access_times) || of_directories || mount->read_only()) return fs::access_time::kept;
    return mount->has(mount_flag::strict_access_times) ? fs::access_time::strict : fs::access_time::relative;
}

Path leave_mounts(Path from) {
    while (from.vnode == from.mount->root && from.mount->covered) from = Path(from.mount->covered);
    return from;
}

Mount *mounted_on(const Mount *mount, const Vnode &vnode) {
    for (Mount *there = vnode.mounted_here; there != nullptr; there = there->next_here) {
        if (there->covered.mount.get() == mount) return there->leaving ? nullptr : there;
    }
    return nullptr;
}

}  // namespace axo::vfs
