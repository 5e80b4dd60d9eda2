// Mounting and unmounting, for the calls and for boot.
#pragma once

#include "servers/vfs/mount/mount_place.hpp"

namespace axo::vfs {

struct MountOrder {
    const FileSystemKind *kind;
    Endpoint server;     // a process that is there; none: RS makes one
    Ref<Call> call;      // whose caller may die meanwhile; null at boot
    MountPlace covered;  // null: the root of everything
    Label driver;
    std::uint32_t major, minor;  // of the block device; major 0: none
    std::uint64_t flags;         // mount_flag::kept
    std::string_view options;    // must live until the end
};

/// All or nothing, whatever fails or dies on the way. Errors: busy (device, server or directory in use), not_directory,
/// table_full, interrupted (the caller died), those of rs::StartFileSystem and fs::Mount.
sef::Async<Status> mount_file_system(Vfs &vfs, MountOrder order);

/// The file system goes with its last mount; one that died cannot refuse. Nobody else may hold the mount. Errors: busy,
/// io.
sef::Async<Status> unmount(Vfs &vfs, Ref<Mount> mount);

/// What can be unmounted is; the rest stays. Errors: no_memory.
sef::Async<Status> unmount_all(Vfs &vfs);

/// Other flags for a mount, and whether its file system may be changed at all. Errors: busy (a file is open for
/// writing, or something is under way), those of fs::Remount.
sef::Async<Status> remount_file_system(Vfs &vfs, Ref<Mount> mount, std::uint64_t flags);

/// The service of a stateless file system was restarted: from here on requests go to `server`, those about what is open
/// too.
void file_system_is_up(Vfs &vfs, std::string_view service, Endpoint server);

/// A process that RS made for a mount died.
void file_system_is_gone(Vfs &vfs, Endpoint server);

/// Writes out all file systems. Errors: io.
sef::Async<Status> sync_all(Vfs &vfs);

}  // namespace axo::vfs
