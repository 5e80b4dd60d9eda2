// Allocation goes by groups: first the goal's group from the goal on, then the others in turn.
#include "servers/ext2/allocator.hpp"

#include <bit>

namespace axo::ext2::allocator {

namespace {

constexpr std::uint32_t none = ~0u;

/// First zero bit in [from, limit), or none.
std::uint32_t find_zero(const std::byte *bitmap, std::uint32_t from, std::uint32_t limit) {
    std::uint32_t bit = from;
    while (bit < limit) {
        std::uint64_t word;
        std::memcpy(&word, bitmap + bit / 64 * 8, sizeof word);
        word |= (std::uint64_t{1} << bit % 64) - 1;
        if (~word != 0) {
            const std::uint32_t found = bit / 64 * 64 + static_cast<std::uint32_t>(std::countr_one(word));
            return found < limit ? found : none;
        }
        bit = (bit / 64 + 1) * 64;
    }
    return none;
}

bool test(const std::byte *bitmap, std::uint32_t bit) {
    return (bitmap[bit / 8] & std::byte(1u << bit % 8)) != std::byte{};
}

Status flip(Transaction &transaction, Buffer &bitmap, std::uint32_t bit) {
    std::byte *const byte = TRY(transaction.change(bitmap, bit / 8, 1));
    *byte ^= std::byte(1u << bit % 8);
    return {};
}

/// Errors of a bitmap that says free while the count says none, or the reverse: the count is believed.
Result<std::uint32_t> allocate_in_group(Volume &volume, Transaction &transaction, std::uint32_t group,
                                        std::uint32_t from) {
    const std::uint32_t limit = volume.geometry().blocks_in_group(group);
    Buffer *const bitmap = TRY(volume.cache().read(volume.group(group).block_bitmap));
    std::uint32_t bit = find_zero(volume.data(*bitmap), from, limit);
    if (bit == none) bit = find_zero(volume.data(*bitmap), 0, from);
    if (bit == none) return Error::no_space;
    GroupDescriptor *const descriptor = TRY(volume.change_group(transaction, group));
    SuperBlock *const super = TRY(volume.change_super(transaction));
    TRY(flip(transaction, *bitmap, bit));
    --descriptor->free_blocks;
    --super->free_blocks;
    return volume.geometry().group_start(group) + bit;
}

bool is_metadata(const Volume &volume, std::uint32_t group, std::uint32_t block) {
    const GroupDescriptor &descriptor = volume.group(group);
    const std::uint32_t table = descriptor.inode_table;
    return block == descriptor.block_bitmap || block == descriptor.inode_bitmap ||
           (block >= table && block - table < volume.geometry().inode_table_blocks());
}

}  // namespace

Result<std::uint32_t> allocate_block(Volume &volume, Transaction &transaction, std::uint32_t goal) {
    const Geometry &geometry = volume.geometry();
    if (volume.super().free_blocks == 0) return Error::no_space;
    if (!geometry.holds(goal)) goal = geometry.first_descriptor_block() + geometry.descriptor_blocks;
    const std::uint32_t first = geometry.group_of_block(goal);
    for (std::uint32_t i = 0; i < geometry.groups; ++i) {
        const std::uint32_t group = (first + i) % geometry.groups;
        if (volume.group(group).free_blocks == 0) continue;
        const std::uint32_t from = i == 0 ? goal - geometry.group_start(group) : 0;
        auto block = allocate_in_group(volume, transaction, group, from);
        if (!block && block.error() == Error::no_space) continue;
        if (block && (!geometry.holds(*block) || is_metadata(volume, group, *block))) return Error::io;
        return block;
    }
    return Error::no_space;
}

Status free_block(Volume &volume, Transaction &transaction, std::uint32_t block) {
    const Geometry &geometry = volume.geometry();
    if (!geometry.holds(block)) return Error::io;
    const std::uint32_t group = geometry.group_of_block(block);
    const std::uint32_t bit = block - geometry.group_start(group);
    if (is_metadata(volume, group, block)) return Error::io;
    Buffer *const bitmap = TRY(volume.cache().read(volume.group(group).block_bitmap));
    if (!test(volume.data(*bitmap), bit)) return Error::io;
    GroupDescriptor *const descriptor = TRY(volume.change_group(transaction, group));
    SuperBlock *const super = TRY(volume.change_super(transaction));
    TRY(flip(transaction, *bitmap, bit));
    ++descriptor->free_blocks;
    ++super->free_blocks;
    return {};
}

namespace {

/// The emptiest group among those with an average number of free inodes or more.
std::uint32_t group_for_directory(const Volume &volume, std::uint32_t parent_group) {
    const std::uint32_t groups = volume.geometry().groups;
    const std::uint32_t average = volume.super().free_inodes / groups;
    std::uint32_t best = parent_group;
    std::uint32_t best_blocks = 0;
    for (std::uint32_t i = 0; i < groups; ++i) {
        const std::uint32_t group = (parent_group + i) % groups;
        const GroupDescriptor &descriptor = volume.group(group);
        if (descriptor.free_inodes == 0 || descriptor.free_inodes < average || descriptor.free_blocks <= best_blocks)
            continue;
        best = group;
        best_blocks = descriptor.free_blocks;
    }
    return best;
}

Result<std::uint32_t> allocate_number(Volume &volume, Transaction &transaction, std::uint32_t first, bool directory) {
    const Geometry &geometry = volume.geometry();
    for (std::uint32_t i = 0; i < geometry.groups; ++i) {
        const std::uint32_t group = (first + i) % geometry.groups;
        if (volume.group(group).free_inodes == 0) continue;
        Buffer *const bitmap = TRY(volume.cache().read(volume.group(group).inode_bitmap));
        const std::uint32_t reserved = group == 0 ? geometry.first_inode - 1 : 0;
        const std::uint32_t bit = find_zero(volume.data(*bitmap), reserved, geometry.inodes_per_group);
        if (bit == none) continue;
        GroupDescriptor *const descriptor = TRY(volume.change_group(transaction, group));
        SuperBlock *const super = TRY(volume.change_super(transaction));
        TRY(flip(transaction, *bitmap, bit));
        --descriptor->free_inodes;
        if (directory) ++descriptor->used_directories;
        --super->free_inodes;
        return group * geometry.inodes_per_group + bit + 1;
    }
    return Error::no_space;
}

/// The part of a large inode that has no member in DiskInode must not keep an old file's attributes.
Status clear_tail(Volume &volume, Transaction &transaction, const Inode &inode) {
    const std::size_t known = sizeof inode.disk;
    if (volume.geometry().inode_size <= known) return {};
    const std::size_t bytes = volume.geometry().inode_size - known;
    std::byte *const tail = TRY(transaction.change(*inode.table, inode.table_offset + known, bytes));
    std::memset(tail, 0, bytes);
    return {};
}

}  // namespace

Result<Inode *> allocate_inode(Volume &volume, Transaction &transaction, const Inode &parent, std::uint32_t mode) {
    if (volume.geometry().read_only) return Error::read_only;
    const bool directory = fs::mode::is_directory(mode);
    const std::uint32_t near = volume.geometry().group_of_inode(parent.number);
    const std::uint32_t first = directory ? group_for_directory(volume, near) : near;
    const std::uint32_t number = TRY(allocate_number(volume, transaction, first, directory));
    Inode *const inode = TRY(volume.inode(number));
    if (inode->holds != 0) return Error::io;  // the bitmap called an open file free
    TRY(volume.modify(transaction, *inode));
    TRY(clear_tail(volume, transaction, *inode));
    volume.content().forget_all(inode->content);  // a damaged bitmap may have called a file free
    const std::uint32_t generation = inode->disk.generation + 1;
    inode->disk = DiskInode{};
    inode->disk.mode = static_cast<std::uint16_t>(mode);
    inode->disk.generation = generation;
    if (volume.geometry().inode_size >= sizeof inode->disk)
        inode->disk.extra_size = sizeof inode->disk - small_inode_size;
    inode->last_block = 0;
    inode->next_read = 0;
    inode->version = volume.next_version();
    return inode;
}

Status free_inode(Volume &volume, Transaction &transaction, Inode &inode) {
    const Geometry &geometry = volume.geometry();
    if (inode.number < geometry.first_inode) return Error::io;
    const std::uint32_t group = geometry.group_of_inode(inode.number);
    const std::uint32_t bit = (inode.number - 1) % geometry.inodes_per_group;
    Buffer *const bitmap = TRY(volume.cache().read(volume.group(group).inode_bitmap));
    if (!test(volume.data(*bitmap), bit)) return Error::io;
    TRY(volume.modify(transaction, inode));
    GroupDescriptor *const descriptor = TRY(volume.change_group(transaction, group));
    SuperBlock *const super = TRY(volume.change_super(transaction));
    TRY(flip(transaction, *bitmap, bit));
    ++descriptor->free_inodes;
    if (inode.is_directory() && descriptor->used_directories != 0) --descriptor->used_directories;
    ++super->free_inodes;
    inode.disk.delete_time = static_cast<std::uint32_t>(volume.now().seconds);
    inode.disk.mode = 0;
    return {};
}

Result<bool> inode_in_use(Volume &volume, std::uint32_t number) {
    const Geometry &geometry = volume.geometry();
    Buffer *const bitmap = TRY(volume.cache().read(volume.group(geometry.group_of_inode(number)).inode_bitmap));
    return test(volume.data(*bitmap), (number - 1) % geometry.inodes_per_group);
}

}  // namespace axo::ext2::allocator
