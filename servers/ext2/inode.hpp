// An inode in memory: its disk content and what only matters while the system runs.
#pragma once

#include <cstdint>

#include "lib/fs/content_cache.hpp"
#include "servers/ext2/block_cache.hpp"
#include "servers/ext2/disk_format.hpp"

namespace axo::ext2 {

struct Inode {
    DiskInode disk{};
    std::uint32_t number = 0;
    std::uint32_t epoch = 0;       // of the last attempt that used it
    std::uint64_t holds = 0;       // what VFS has to release
    std::uint64_t version = 0;     // directories: changes with every change of the entries
    std::uint32_t last_block = 0;  // where the file's last block was put, to go on behind it
    std::uint32_t next_read = 0;   // logical block after the last read, to recognise sequences
    bool mount_point = false;
    bool changed = false;     // by the running transaction
    Buffer *table = nullptr;  // with the disk inode, during a transaction that changes it
    std::uint32_t table_offset = 0;
    fs::FileContent content;  // regular files: what of it is cached
    Inode *hash_next = nullptr, *previous = nullptr, *next = nullptr;

    std::uint32_t mode() const { return disk.mode; }
    bool is_directory() const { return fs::mode::is_directory(disk.mode); }
    bool is_regular() const { return fs::mode::is_regular(disk.mode); }
    bool is_symlink() const { return fs::mode::is_symlink(disk.mode); }
    std::uint32_t uid() const { return disk.uid | static_cast<std::uint32_t>(disk.high_uid) << 16; }
    std::uint32_t gid() const { return disk.gid | static_cast<std::uint32_t>(disk.high_gid) << 16; }
    void set_uid(std::uint32_t uid);
    void set_gid(std::uint32_t gid);
    std::uint64_t size() const;
    void set_size(std::uint64_t bytes);
    /// A symbolic link whose target lies in the block slots.
    bool is_fast_symlink(std::uint32_t block_size) const;
    /// Linux' small form major << 8 | minor, or the large form in slot 1.
    std::uint32_t device() const { return disk.block[0] != 0 ? disk.block[0] : disk.block[1]; }
};

inline void Inode::set_uid(std::uint32_t uid) {
    disk.uid = static_cast<std::uint16_t>(uid);
    disk.high_uid = static_cast<std::uint16_t>(uid >> 16);
}
inline void Inode::set_gid(std::uint32_t gid) {
    disk.gid = static_cast<std::uint16_t>(gid);
    disk.high_gid = static_cast<std::uint16_t>(gid >> 16);
}
inline std::uint64_t Inode::size() const {
    return disk.size | (is_regular() ? static_cast<std::uint64_t>(disk.size_high) << 32 : 0);
}
inline void Inode::set_size(std::uint64_t bytes) {
    disk.size = static_cast<std::uint32_t>(bytes);
    if (is_regular()) disk.size_high = static_cast<std::uint32_t>(bytes >> 32);
}
inline bool Inode::is_fast_symlink(std::uint32_t block_size) const {
    const std::uint32_t attribute_sectors = disk.file_acl != 0 ? block_size / 512 : 0;
    return is_symlink() && disk.sectors == attribute_sectors;
}

}  // namespace axo::ext2
