// Blocks and inodes: the bitmaps of the groups and the free counts, kept exact by every transaction.
#pragma once

#include "servers/ext2/volume.hpp"

namespace axo::ext2::allocator {

/// A free block, `goal` itself or soon behind it if possible. Errors: absent, no_space, io, no_memory.
Result<std::uint32_t> allocate_block(Volume &volume, Transaction &transaction, std::uint32_t goal);
/// Errors: absent, io (outside the volume or free already: the file system is damaged), no_memory.
Status free_block(Volume &volume, Transaction &transaction, std::uint32_t block);

/// An inode near `parent`; directories are spread over the groups. Its disk content is cleared.
Result<Inode *> allocate_inode(Volume &volume, Transaction &transaction, const Inode &parent, std::uint32_t mode);
Status free_inode(Volume &volume, Transaction &transaction, Inode &inode);

/// Whether the inode bitmap says in use. Errors: absent.
Result<bool> inode_in_use(Volume &volume, std::uint32_t number);

}  // namespace axo::ext2::allocator
