// Mounting and unmounting, for the calls and for boot.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// The file systems there are. One process serves one mount.
struct FileSystemType {
    Endpoint server;
    bool needs_device;
};
/// Errors: no_device (unknown type).
Result<FileSystemType> file_system_named(std::string_view type);
/// The name of a mount's type.
std::string_view type_name(const Mount &mount);

struct MountOrder {
    Endpoint server;
    Ref<Vnode> covered;  // null: the root of everything
    Label driver;
    std::uint32_t major, minor;  // of the block device; major 0: none
    bool read_only;
    std::string_view options;  // must live until the end
};

/// Errors: busy (server or directory in use), not_directory, table_full, those of fs::Mount.
sef::Async<Status> mount_file_system(Vfs &vfs, MountOrder order);

/// Errors: busy, io.
sef::Async<Status> unmount_file_system(Vfs &vfs, Mount *mount);

/// Writes out one file system, or all. Errors: io.
sef::Async<Status> sync_all(Vfs &vfs);

}  // namespace axo::vfs
