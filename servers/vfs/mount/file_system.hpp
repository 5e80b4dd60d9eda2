// File systems that are mounted, apart from where they are seen: several mounts may show the same one.
#pragma once

#include <array>

#include "axo/types.hpp"
#include "lib/base/fixed_string.hpp"
#include "servers/vfs/ref.hpp"

namespace axo::vfs {

struct Vnode;

/// One file system and the process that serves it. It is referred to by its vnodes, by its mounts, and by whoever
/// mounts or unmounts it; with the last of them the entry of the table is free.
struct FileSystem {
    std::uint32_t references = 0;
    std::uint32_t number = 0;  // no other has ever had it: VM knows files by it
    Label type{};
    Endpoint server = endpoint::none;  // kept here and nowhere else; none: RS is still making it
    bool own_service = false;          // RS made it for this file system, and is told when that ends
    bool gone = false;                 // it died: what is open here stays, and gives EIO; nobody enters
    bool read_only = false;            // whatever its mounts say
    bool settling = false;             // read_only is being changed, or the last mount is about to go
    bool remembers = false;    // VFS may keep names and attributes (not of procfs, whose files change by themselves)
    std::uint32_t mounts = 0;  // that show it, in the tree
    std::uint32_t device = 0;  // st_dev of its files
    Label driver;              // of the block device, empty for none
    Endpoint driver_endpoint = endpoint::none;  // the incarnation the file system uses
    std::uint32_t minor = 0;
    std::uint32_t major = 0;     // 0 for none
    std::uint64_t changes = 0;   // of names in it, answered so far
    std::uint32_t changing = 0;  // such requests under way
    Ref<Vnode> root;             // null until it is open, and once it is closed

    /// Its server has let go, or is dead: the holds of the root ended with it.
    void close();
    void unreferenced();
};

class FileSystemTable {
public:
    static constexpr std::size_t capacity = 32;

    FileSystemTable() = default;
    FileSystemTable(const FileSystemTable &) = delete;
    FileSystemTable &operator=(const FileSystemTable &) = delete;

    /// A free entry. Errors: table_full.
    Result<Ref<FileSystem>> allocate();
    /// Null: there is none.
    FileSystem *with_server(Endpoint server);
    FileSystem *with_device(std::uint32_t major, std::uint32_t minor);
    /// Those with references == 0 are free entries.
    std::array<FileSystem, capacity> &all() { return file_systems_; }
    /// A device number for a file system without a device.
    std::uint32_t next_anonymous_device() { return ++anonymous_devices_; }

private:
    std::array<FileSystem, capacity> file_systems_;
    std::uint32_t made_ = 0;
    std::uint32_t anonymous_devices_ = 0;
};

}  // namespace axo::vfs
