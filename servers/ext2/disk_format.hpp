// The ext2 disk format: super block, group descriptor, inode, directory entry, little-endian.
// Source: "The Second Extended File System, Internal Layout" (nongnu.org/ext2-doc); the extra
// inode fields are those of ext4's larger inodes, which mke2fs makes for ext2 as well.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/fs/mode.hpp"

namespace axo::ext2 {

inline constexpr std::uint64_t super_block_offset = 1024;  // bytes from the start of the device
inline constexpr std::uint16_t super_magic = 0xef53;
inline constexpr std::uint32_t root_inode = 2;
inline constexpr std::uint16_t link_max = 32000;

namespace fs_state {
inline constexpr std::uint16_t valid = 1, errors = 2;
}

namespace compat {
inline constexpr std::uint32_t has_journal = 4, dir_index = 0x20;
}
namespace incompat {
inline constexpr std::uint32_t filetype = 2;
inline constexpr std::uint32_t supported = filetype;
}  // namespace incompat
namespace ro_compat {
inline constexpr std::uint32_t sparse_super = 1, large_file = 2, extra_isize = 0x40;
inline constexpr std::uint32_t supported = sparse_super | large_file | extra_isize;
}  // namespace ro_compat

struct SuperBlock {
    std::uint32_t inodes_count, blocks_count, reserved_blocks, free_blocks, free_inodes, first_data_block;
    std::uint32_t log_block_size, log_fragment_size, blocks_per_group, fragments_per_group, inodes_per_group;
    std::uint32_t mount_time, write_time;
    std::uint16_t mount_count, max_mount_count, magic, state, errors, minor_revision;
    std::uint32_t last_check, check_interval, creator_os, revision;
    std::uint16_t default_reserved_uid, default_reserved_gid;
    // Revision 1 on.
    std::uint32_t first_inode;
    std::uint16_t inode_size, block_group;
    std::uint32_t feature_compat, feature_incompat, feature_ro_compat;
    std::uint8_t uuid[16];
    char volume_name[16], last_mounted[64];
    std::uint32_t algorithm_bitmap;
    std::uint8_t preallocate_blocks, preallocate_directory_blocks;
    std::uint16_t reserved_gdt_blocks;
    std::uint8_t journal_uuid[16];
    std::uint32_t journal_inode, journal_device, last_orphan, hash_seed[4];
    std::uint8_t hash_version, journal_backup_type;
    std::uint16_t descriptor_size;
    std::uint32_t default_mount_options, first_meta_group, mkfs_time, journal_blocks[17];
    std::uint32_t blocks_count_high, reserved_blocks_high, free_blocks_high;
    std::uint16_t min_extra_isize, want_extra_isize;
    std::uint32_t rest[168];
};
static_assert(sizeof(SuperBlock) == 1024);
static_assert(offsetof(SuperBlock, feature_compat) == 92 && offsetof(SuperBlock, last_orphan) == 232);
static_assert(offsetof(SuperBlock, want_extra_isize) == 350);

struct GroupDescriptor {
    std::uint32_t block_bitmap, inode_bitmap, inode_table;
    std::uint16_t free_blocks, free_inodes, used_directories, pad;
    std::uint32_t reserved[3];
};
static_assert(sizeof(GroupDescriptor) == 32);

inline constexpr unsigned direct_blocks = 12;
inline constexpr unsigned block_slots = 15;  // 12 direct, then single, double, triple indirect

namespace inode_flag {
inline constexpr std::uint32_t immutable = 0x10, index = 0x1000;
}

/// The first 160 bytes; revision 0 and 128-byte inodes end after `high_gid` and its padding.
struct DiskInode {
    std::uint16_t mode, uid;
    std::uint32_t size, access_time, change_time, modify_time, delete_time;
    std::uint16_t gid, links;
    std::uint32_t sectors;  // of 512 bytes, indirect blocks included
    std::uint32_t flags, version;
    std::uint32_t block[block_slots];
    std::uint32_t generation, file_acl, size_high, fragment;
    std::uint16_t fragment_pad, file_acl_high, high_uid, high_gid;
    std::uint32_t pad;
    // Larger inodes only: nanoseconds << 2 | two more bits of the seconds.
    std::uint16_t extra_size, checksum_high;
    std::uint32_t change_extra, modify_extra, access_extra, create_time, create_extra, version_high, project;
};
static_assert(sizeof(DiskInode) == 160 && offsetof(DiskInode, extra_size) == 128);
inline constexpr std::uint32_t small_inode_size = 128;

/// Without the filetype feature `type` is the high byte of the name length, always 0.
struct EntryHeader {
    std::uint32_t inode;
    std::uint16_t record_bytes;
    std::uint8_t name_bytes, type;
};
static_assert(sizeof(EntryHeader) == 8);
inline constexpr unsigned entry_bytes(unsigned name_bytes) { return (8 + name_bytes + 3) & ~3u; }

/// Directory entry types of the filetype feature.
enum class EntryType : std::uint8_t { unknown, regular, directory, character, block, fifo, socket, symlink };

constexpr EntryType entry_type(std::uint32_t mode) {
    switch (mode & fs::mode::type_mask) {
        case fs::mode::regular: return EntryType::regular;
        case fs::mode::directory: return EntryType::directory;
        case fs::mode::character: return EntryType::character;
        case fs::mode::block: return EntryType::block;
        case fs::mode::fifo: return EntryType::fifo;
        case fs::mode::socket: return EntryType::socket;
        case fs::mode::symlink: return EntryType::symlink;
        default: return EntryType::unknown;
    }
}

}  // namespace axo::ext2
