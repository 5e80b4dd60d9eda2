// What open() makes and dup and fork share: a position and flags on content, which is a vnode and for a
// device file also a device.
#pragma once

#include "axo/types.hpp"
#include "servers/vfs/device/device.hpp"
#include "servers/vfs/mount/mount.hpp"
#include "servers/vfs/process/wait.hpp"

namespace axo::vfs {

class FileTable;

enum class FileKind : std::uint32_t { regular, directory, pipe, character, block, path_only };

struct OpenFile {
    OpenFile(FileTable &owner, Path what, FileKind file_kind, std::uint32_t open_flags)
        : table(&owner),
          mount(std::move(what.mount)),
          vnode(std::move(what.vnode)),
          kind(file_kind),
          flags(open_flags) {}

    FileTable *table;
    std::uint32_t references = 0;
    Ref<Mount> mount;  // through which it was opened; null for anonymous pipes
    Ref<Vnode> vnode;
    FileKind kind;
    std::uint32_t flags;  // O_*, without those that only concern open itself
    std::uint64_t offset = 0;
    bool position_busy = false;  // a read or write that moves `offset` is under way
    bool locked = false;         // it may own flock locks
    Ref<Device> device;          // of a device file
    CallWaitList position_waiters;
    ListNode table_node;

    /// The rule by which reading changes the time of access, for the file system.
    std::uint32_t access_time() const;
    Path path() const { return {mount, vnode}; }
    bool readable() const { return kind != FileKind::path_only && (flags & abi::open_access) != abi::open_write_only; }
    bool writable() const { return kind != FileKind::path_only && (flags & abi::open_access) != abi::open_read_only; }
    /// What is written goes to the file system it lies in, and not to a device.
    bool writes_there() const { return writable() && kind != FileKind::character && kind != FileKind::block; }
    bool nonblocking() const { return (flags & abi::open_nonblock) != 0; }
    void unreferenced();
};

/// All open files, so that the death of a driver or a driver-up event finds them.
class FileTable {
public:
    FileTable() = default;
    FileTable(const FileTable &) = delete;
    FileTable &operator=(const FileTable &) = delete;

    /// Errors: no_memory.
    Result<Ref<OpenFile>> open(Path what, FileKind kind, std::uint32_t flags);
    std::uint32_t count() const { return count_; }
    IntrusiveList<OpenFile, &OpenFile::table_node> &all() { return files_; }

private:
    friend struct OpenFile;
    IntrusiveList<OpenFile, &OpenFile::table_node> files_;
    std::uint32_t count_ = 0;
};

}  // namespace axo::vfs
