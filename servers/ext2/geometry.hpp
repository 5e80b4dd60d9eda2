// What the super block says about the layout, checked once so that the rest may trust it.
#pragma once

#include "axo/error.hpp"
#include "servers/ext2/disk_format.hpp"

namespace axo::ext2 {

struct Geometry {
    std::uint32_t block_size = 0, block_shift = 0;
    std::uint32_t blocks = 0, inodes = 0;
    std::uint32_t first_data_block = 0, blocks_per_group = 0, inodes_per_group = 0, groups = 0;
    std::uint32_t inode_size = 0, first_inode = 0;
    std::uint32_t pointers_per_block = 0, pointer_shift = 0;
    std::uint32_t descriptor_blocks = 0;
    bool has_types = false;  // directory entries carry the file type
    bool read_only = false;  // asked for, or demanded by a feature

    std::uint32_t super_block() const { return first_data_block; }
    std::uint32_t super_offset() const { return block_size == 1024 ? 0 : 1024; }
    std::uint32_t first_descriptor_block() const { return first_data_block + 1; }
    std::uint32_t group_of_block(std::uint32_t block) const { return (block - first_data_block) / blocks_per_group; }
    std::uint32_t group_of_inode(std::uint32_t inode) const { return (inode - 1) / inodes_per_group; }
    std::uint32_t group_start(std::uint32_t group) const { return first_data_block + group * blocks_per_group; }
    std::uint32_t blocks_in_group(std::uint32_t group) const;
    std::uint32_t inode_table_blocks() const { return (inodes_per_group * inode_size + block_size - 1) >> block_shift; }
    /// Behind super block and descriptors, which no pointer of the file system may name: they are
    /// checked only once.
    bool holds(std::uint32_t block) const {
        return block >= first_descriptor_block() + descriptor_blocks && block < blocks;
    }
    std::uint64_t max_file_bytes() const;
};

/// Errors: invalid (not ext2, damaged, or features this code does not know; `why` says which).
Result<Geometry> check_super_block(const SuperBlock &super, std::uint64_t device_bytes, bool read_only,
                                   const char *&why);

}  // namespace axo::ext2
