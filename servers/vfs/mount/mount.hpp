// Mounted file systems.
#pragma once

#include <array>

#include "lib/base/fixed_string.hpp"
#include "servers/vfs/file/vnode.hpp"
#include "servers/vfs/mount/mount_flags.hpp"

namespace axo::vfs {

struct Mount {
    bool used = false;
    std::uint64_t flags = 0;  // mount_flag::kept
    bool remounting = false;  // its flags are being changed, or it is about to be unmounted
    Label type{};
    Endpoint file_system = endpoint::none;      // none: RS is still making it
    bool own_service = false;                   // RS made it for this mount, and is told when that ends
    bool gone = false;                          // it died: what is open here stays, and gives EIO; nobody enters
    std::uint32_t vnodes = 0;                   // there are of it
    std::uint32_t device = 0;                   // st_dev of its files
    Label driver;                               // of the block device, empty for none
    Endpoint driver_endpoint = endpoint::none;  // the incarnation the file system uses
    std::uint32_t minor = 0;
    std::uint32_t major = 0;     // 0 for none
    bool remembers = false;      // VFS may keep names and attributes (not of procfs, whose files change by themselves)
    std::uint64_t changes = 0;   // of names in it, answered so far
    std::uint32_t changing = 0;  // such requests under way
    bool leaving = false;        // it is being unmounted: nobody enters any more
    Ref<Vnode> root;
    Ref<Vnode> covered;  // null for the root of everything

    bool has(std::uint64_t flag) const { return (flags & flag) != 0; }
    bool read_only() const { return has(mount_flag::read_only); }
    /// One of its vnodes is no more. What was left of a dead file system goes with the last.
    void vnode_gone() {
        if (--vnodes == 0 && gone && !root) *this = Mount{};
    }
};

class MountTable {
public:
    static constexpr std::size_t capacity = 32;

    /// A free entry, marked used. Errors: table_full.
    Result<Mount *> allocate() {
        for (Mount &mount : mounts_) {
            if (mount.used) continue;
            mount.used = true;
            return &mount;
        }
        return Error::table_full;
    }
    /// It is in no tree any more, and none of its vnodes is left.
    void free(Mount &mount) { mount = Mount{}; }

    Mount *with_file_system(Endpoint file_system) {
        for (Mount &mount : mounts_) {
            if (mount.used && mount.file_system == file_system) return &mount;
        }
        return nullptr;
    }
    Mount *with_device(std::uint32_t major, std::uint32_t minor) {
        for (Mount &mount : mounts_) {
            if (mount.used && mount.major == major && mount.minor == minor) return &mount;
        }
        return nullptr;
    }
    std::array<Mount, capacity> &all() { return mounts_; }
    /// The mount "/" lies in, null until boot has mounted it.
    Mount *root() { return root_; }
    void set_root(Mount &mount) { root_ = &mount; }
    /// A device number for a file system without a device.
    std::uint32_t next_anonymous_device() { return ++anonymous_devices_; }

private:
    std::array<Mount, capacity> mounts_;
    Mount *root_ = nullptr;
    std::uint32_t anonymous_devices_ = 0;
};

}  // namespace axo::vfs
