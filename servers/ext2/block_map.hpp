// From a file's logical blocks to blocks of the volume: direct, single, double and triple indirect.
#pragma once

#include "servers/ext2/volume.hpp"

namespace axo::ext2::block_map {

/// The block with the file's logical block, 0 for a hole. Errors: absent, io (a pointer outside the
/// volume), file_too_big.
Result<std::uint32_t> find(Volume &volume, const Inode &inode, std::uint64_t logical);

struct Placed {
    std::uint32_t block;
    bool is_new;  // allocated just now: its old content belongs to nobody
};
/// As find, but allocates what is missing. The inode must be modifiable (Volume::modify was done).
Result<Placed> place(Volume &volume, Transaction &transaction, Inode &inode, std::uint64_t logical);

/// Frees mapped blocks from the end of the file down to logical block `first`, at most about `budget`
/// of them. Returns the lowest logical block such that nothing from there on is mapped.
Result<std::uint64_t> free_tail(Volume &volume, Transaction &transaction, Inode &inode, std::uint64_t first,
                                unsigned budget);

}  // namespace axo::ext2::block_map
