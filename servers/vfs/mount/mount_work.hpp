// Mounting and unmounting, for the calls and for boot.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

struct MountOrder {
    const FileSystemKind *kind;
    Ref<Vnode> covered;  // null: the root of everything
    Label driver;
    std::uint32_t major, minor;  // of the block device; major 0: none
    bool read_only;
    std::string_view options;  // must live until the end
};

/// Errors: busy (server or directory in use), not_directory, table_full, those of fs::Mount.
sef::Async<Status> mount_file_system(Vfs &vfs, MountOrder order);

/// A server that died cannot refuse. Errors: busy, io.
sef::Async<Status> unmount_file_system(Vfs &vfs, Mount *mount);

/// The service of a stateless file system was restarted: new requests go to `server`. What was open stays with the dead
/// process and gives EIO.
void file_system_is_up(Vfs &vfs, std::string_view service, Endpoint server);

/// Writes out one file system, or all. Errors: io.
sef::Async<Status> sync_all(Vfs &vfs);

}  // namespace axo::vfs
