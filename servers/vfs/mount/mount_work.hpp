// Mounting and unmounting, for the calls and for boot.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

struct MountOrder {
    const FileSystemKind *kind;
    Endpoint server;     // a process that is there; none: RS makes one
    Ref<Call> call;      // whose caller may die meanwhile; null at boot
    Ref<Vnode> covered;  // null: the root of everything
    Label driver;
    std::uint32_t major, minor;  // of the block device; major 0: none
    std::uint64_t flags;         // mount_flag::kept
    std::string_view options;    // must live until the end
};

/// All or nothing, whatever fails or dies on the way. Errors: busy (device, server or directory in use), not_directory,
/// table_full, interrupted (the caller died), those of rs::StartFileSystem and fs::Mount.
sef::Async<Status> mount_file_system(Vfs &vfs, MountOrder order);

/// A server that died cannot refuse. Errors: busy, io.
sef::Async<Status> unmount_file_system(Vfs &vfs, Mount *mount);

/// Other flags for a mount whose root is held meanwhile. Errors: busy (a file is open for writing, or something is
/// under way), those of fs::Remount.
sef::Async<Status> remount_file_system(Vfs &vfs, Mount *mount, std::uint64_t flags);

/// The service of a stateless file system was restarted: new requests go to `server`. What was open stays with the dead
/// process and gives EIO.
void file_system_is_up(Vfs &vfs, std::string_view service, Endpoint server);

/// A process that RS made for a mount died.
void file_system_is_gone(Vfs &vfs, Endpoint server);

/// Writes out one file system, or all. Errors: io.
sef::Async<Status> sync_all(Vfs &vfs);

}  // namespace axo::vfs
