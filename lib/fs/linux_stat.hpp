// The Linux x86-64 layouts of `struct stat` and `struct statfs`.
#pragma once

#include <cstdint>

namespace axo::fs {

struct LinuxTime {
    std::uint64_t seconds, nanoseconds;
};

struct LinuxStat {
    std::uint64_t device, inode, links;
    std::uint32_t mode, uid, gid, pad;
    std::uint64_t special_device, size, block_size, sectors;
    LinuxTime access, modify, change;
    std::uint64_t reserved[3];
};
static_assert(sizeof(LinuxStat) == 144);

struct LinuxStatFs {
    std::uint64_t type, block_size, blocks, free_blocks, available_blocks, files, free_files;
    std::uint64_t id, name_max, fragment_size, flags, spare[4];
};
static_assert(sizeof(LinuxStatFs) == 120);

inline constexpr std::uint64_t ext2_magic = 0xef53, tmpfs_magic = 0x01021994;
namespace statfs_flag {
inline constexpr std::uint64_t read_only = 1, valid = 0x20;
}

}  // namespace axo::fs
