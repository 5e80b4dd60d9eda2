// Mounts: where in the tree a file system, or a part of it, is seen, and what is forbidden there.
#pragma once

#include "servers/vfs/mount/file_system.hpp"
#include "servers/vfs/mount/mount_flags.hpp"
#include "servers/vfs/path/path.hpp"

namespace axo::vfs {

/// It lives while it is in the tree or a path lies in it.
struct Mount {
    std::uint32_t references = 0;  // of paths that lie in it, of what is mounted inside, of whoever works on it
    bool used = false;
    bool in_tree = false;
    bool leaving = false;     // it is being unmounted: nobody enters any more
    std::uint64_t flags = 0;  // mount_flag::kept
    Ref<FileSystem> file_system;
    Ref<Vnode> root;             // what is seen; null until the file system is open
    Path covered;                // null for the root of everything
    Ref<Vnode> covered_in;       // the directory of a file that is covered
    Mount *next_here = nullptr;  // another mount on the same vnode, seen in another mount

    bool has(std::uint64_t flag) const { return (flags & flag) != 0; }
    bool read_only() const { return has(mount_flag::read_only) || file_system->read_only; }
    void unreferenced();
};

class MountTable {
public:
    static constexpr std::size_t capacity = 64;

    MountTable() = default;
    MountTable(const MountTable &) = delete;
    MountTable &operator=(const MountTable &) = delete;

    /// One that is not in the tree yet. Errors: table_full.
    Result<Ref<Mount>> make(Ref<FileSystem> file_system, std::uint64_t flags);
    /// The root of everything.
    void set_root(Mount &mount);
    /// Seen at `mount.covered` from here on. The file system below was told.
    static void attach(Mount &mount);
    /// Not seen any more; returns where it was.
    static Path detach(Mount &mount);

    std::array<Mount, capacity> &all() { return mounts_; }
    /// The mount "/" lies in, null until boot has mounted it.
    Mount *root() { return root_; }
    /// Where "/" is.
    Path top() { return {Ref<Mount>(root_), root_->root}; }

private:
    std::array<Mount, capacity> mounts_;
    Mount *root_ = nullptr;
};

/// The rule by which reading what is seen in `mount`, which may be null, changes its time of access.
std::uint32_t access_time_in(const Mount *mount, const Vnode &vnode);
/// From the root of a mount to where that is mounted, and on if that is a root too.
Path leave_mounts(Path from);
/// What is mounted on this vnode as it is seen in `mount`; null: nothing that may be entered.
Mount *mounted_on(const Mount *mount, const Vnode &vnode);

}  // namespace axo::vfs
