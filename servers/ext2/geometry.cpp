// Checks of the super block.
#include "servers/ext2/geometry.hpp"

#include <algorithm>
#include <bit>

namespace axo::ext2 {

std::uint32_t Geometry::blocks_in_group(std::uint32_t group) const {
    return std::min(blocks_per_group, blocks - group_start(group));
}

std::uint64_t Geometry::max_file_bytes() const {
    const std::uint64_t n = pointers_per_block;
    const std::uint64_t mapped = (direct_blocks + n + n * n + n * n * n) * block_size;
    // The count of 512-byte sectors has 32 bits and also counts the indirect blocks.
    const std::uint64_t counted = (std::uint64_t{1} << 41) - (std::uint64_t{1} << 33);
    return std::min(mapped, counted);
}

namespace {

const char *bad_features(const SuperBlock &super, bool read_only) {
    if (super.revision == 0) return nullptr;
    if ((super.feature_incompat & ~incompat::supported) != 0) return "incompatible features";
    if (!read_only && (super.feature_ro_compat & ~ro_compat::supported) != 0) return "features that allow only reading";
    return nullptr;
}

const char *bad_counts(const SuperBlock &super, const Geometry &geometry) {
    const std::uint32_t bits = 8 * geometry.block_size;
    if (super.first_data_block != (geometry.block_size == 1024 ? 1u : 0u)) return "first data block";
    if (super.blocks_per_group < 16 || super.blocks_per_group > bits) return "blocks per group";
    if (super.inodes_per_group == 0 || super.inodes_per_group > bits) return "inodes per group";
    if (super.blocks_count <= super.first_data_block + 2) return "block count";
    if (!std::has_single_bit(geometry.inode_size) || geometry.inode_size < small_inode_size ||
        geometry.inode_size > geometry.block_size)
        return "inode size";
    if (geometry.first_inode <= root_inode || geometry.first_inode > super.inodes_count) return "first inode";
    return nullptr;
}

}  // namespace

Result<Geometry> check_super_block(const SuperBlock &super, std::uint64_t device_bytes, bool read_only,
                                   const char *&why) {
    Geometry geometry;
    why = "no ext2 file system";
    if (super.magic != super_magic) return Error::invalid;
    why = "block size";
    if (super.log_block_size > 2) return Error::invalid;
    geometry.block_shift = 10 + super.log_block_size;
    geometry.block_size = 1u << geometry.block_shift;
    geometry.inode_size = super.revision == 0 ? small_inode_size : super.inode_size;
    geometry.first_inode = super.revision == 0 ? 11 : super.first_inode;
    if ((why = bad_features(super, read_only)) != nullptr) return Error::invalid;
    if ((why = bad_counts(super, geometry)) != nullptr) return Error::invalid;

    geometry.blocks = super.blocks_count;
    geometry.inodes = super.inodes_count;
    geometry.first_data_block = super.first_data_block;
    geometry.blocks_per_group = super.blocks_per_group;
    geometry.inodes_per_group = super.inodes_per_group;
    geometry.groups = (super.blocks_count - super.first_data_block - 1) / super.blocks_per_group + 1;
    geometry.pointers_per_block = geometry.block_size / 4;
    geometry.pointer_shift = geometry.block_shift - 2;
    const std::uint32_t per_block = geometry.block_size / sizeof(GroupDescriptor);
    geometry.descriptor_blocks = (geometry.groups + per_block - 1) / per_block;
    geometry.has_types = super.revision > 0 && (super.feature_incompat & incompat::filetype) != 0;
    geometry.read_only = read_only;
    why = "inode count";
    if (std::uint64_t{geometry.groups} * geometry.inodes_per_group != geometry.inodes) return Error::invalid;
    why = "larger than its device";
    if (std::uint64_t{geometry.blocks} << geometry.block_shift > device_bytes) return Error::invalid;
    why = "descriptor table";
    if (geometry.first_descriptor_block() + geometry.descriptor_blocks >= geometry.blocks) return Error::invalid;
    return geometry;
}

}  // namespace axo::ext2
