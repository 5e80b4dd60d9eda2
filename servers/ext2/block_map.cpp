// The walk through indirect blocks, for reading, for allocation, and from the end for truncation.
#include "servers/ext2/block_map.hpp"

#include "servers/ext2/allocator.hpp"

namespace axo::ext2::block_map {

namespace {

/// Where a logical block hangs: `slot` of the inode, then an index per level of indirection.
struct Route {
    unsigned slot;
    unsigned levels;
    std::uint32_t index[3];  // outermost first
};

Result<Route> route_to(const Geometry &geometry, std::uint64_t logical) {
    if (logical < direct_blocks) return Route{static_cast<unsigned>(logical), 0, {}};
    logical -= direct_blocks;
    const unsigned shift = geometry.pointer_shift;
    const std::uint32_t mask = geometry.pointers_per_block - 1;
    for (unsigned levels = 1; levels <= 3; ++levels) {
        const std::uint64_t span = std::uint64_t{1} << shift * levels;
        if (logical >= span) {
            logical -= span;
            continue;
        }
        Route route{direct_blocks + levels - 1, levels, {}};
        for (unsigned i = 0; i < levels; ++i)
            route.index[i] = static_cast<std::uint32_t>(logical >> shift * (levels - 1 - i)) & mask;
        return route;
    }
    return Error::file_too_big;
}

std::uint32_t pointer_at(const Volume &volume, const Buffer &buffer, std::uint32_t index) {
    std::uint32_t pointer;
    std::memcpy(&pointer, volume.data(buffer) + std::size_t{index} * 4, sizeof pointer);
    return pointer;
}

Status set_pointer(Transaction &transaction, Buffer &buffer, std::uint32_t index, std::uint32_t pointer) {
    std::byte *const at = TRY(transaction.change(buffer, std::size_t{index} * 4, 4));
    std::memcpy(at, &pointer, sizeof pointer);
    return {};
}

/// Behind the file's last block, else at the start of the inode's group.
std::uint32_t goal_for(const Volume &volume, const Inode &inode) {
    if (inode.last_block != 0) return inode.last_block + 1;
    return volume.geometry().group_start(volume.geometry().group_of_inode(inode.number));
}

Result<std::uint32_t> allocate(Volume &volume, Transaction &transaction, Inode &inode) {
    const std::uint32_t block = TRY(allocator::allocate_block(volume, transaction, goal_for(volume, inode)));
    inode.last_block = block;
    inode.disk.sectors += volume.geometry().block_size / 512;
    return block;
}

Result<std::uint32_t> allocate_indirect(Volume &volume, Transaction &transaction, Inode &inode) {
    const std::uint32_t block = TRY(allocate(volume, transaction, inode));
    TRY(transaction.fresh(block));
    return block;
}

}  // namespace

Result<std::uint32_t> find(Volume &volume, const Inode &inode, std::uint64_t logical) {
    const Geometry &geometry = volume.geometry();
    const Route route = TRY(route_to(geometry, logical));
    std::uint32_t block = inode.disk.block[route.slot];
    for (unsigned level = 0; level < route.levels && block != 0; ++level) {
        if (!geometry.holds(block)) return Error::io;
        Buffer *const buffer = TRY(volume.cache().read(block));
        block = pointer_at(volume, *buffer, route.index[level]);
    }
    if (block != 0 && !geometry.holds(block)) return Error::io;
    return block;
}

Result<Placed> place(Volume &volume, Transaction &transaction, Inode &inode, std::uint64_t logical) {
    const Geometry &geometry = volume.geometry();
    const Route route = TRY(route_to(geometry, logical));
    Buffer *parent = nullptr;  // null: the pointer is in the inode
    std::uint32_t index = route.slot;
    for (unsigned level = 0;; ++level) {
        const bool leaf = level == route.levels;
        std::uint32_t block = parent == nullptr ? inode.disk.block[index] : pointer_at(volume, *parent, index);
        const bool is_new = block == 0;
        if (is_new) {
            block = TRY(leaf ? allocate(volume, transaction, inode) : allocate_indirect(volume, transaction, inode));
            if (parent == nullptr)
                inode.disk.block[index] = block;
            else
                TRY(set_pointer(transaction, *parent, index, block));
        } else if (!geometry.holds(block)) {
            return Error::io;
        }
        if (leaf) {
            inode.last_block = block;
            return Placed{block, is_new};
        }
        parent = TRY(volume.cache().read(block));
        index = route.index[level];
    }
}

namespace {

/// Frees from the right; keeps the count of what it may still free.
class Cutter {
public:
    Cutter(Volume &volume, Transaction &transaction, Inode &inode, std::uint64_t first, unsigned budget)
        : volume_(volume), transaction_(transaction), inode_(inode), first_(first), left_(budget) {}

    Result<std::uint64_t> cut_all();

private:
    /// Cuts the subtree `block` with `levels` of indirection whose first logical block is `base`.
    /// True: nothing from first_ on is left in it, and the block itself is freed if it lies behind first_.
    Result<bool> cut(std::uint32_t block, unsigned levels, std::uint64_t base);
    /// The root of a subtree that hangs there.
    Status free(std::uint32_t block, unsigned levels, std::uint64_t base);
    /// More than first_ even when only an indirect block without content is left.
    std::uint64_t unfinished() const { return reached_ > first_ ? reached_ : first_ + 1; }
    std::uint64_t span(unsigned levels) const { return std::uint64_t{1} << volume_.geometry().pointer_shift * levels; }

    Volume &volume_;
    Transaction &transaction_;
    Inode &inode_;
    std::uint64_t first_;
    std::uint64_t reached_ = ~std::uint64_t{0};
    unsigned left_;
};

Status Cutter::free(std::uint32_t block, unsigned levels, std::uint64_t base) {
    TRY(allocator::free_block(volume_, transaction_, block));
    if (levels == 0 && inode_.is_regular())
        TRY(transaction_.freed(inode_, base));
    else
        TRY(transaction_.freed(block));
    const std::uint32_t sectors = volume_.geometry().block_size / 512;
    inode_.disk.sectors -= sectors < inode_.disk.sectors ? sectors : inode_.disk.sectors;
    if (left_ > 0) --left_;
    return {};
}

Result<bool> Cutter::cut(std::uint32_t block, unsigned levels, std::uint64_t base) {
    if (levels == 0) {
        if (left_ == 0) return false;
        TRY(free(block, levels, base));
        reached_ = base;
        return true;
    }
    if (!volume_.geometry().holds(block)) return Error::io;
    Buffer *const buffer = TRY(volume_.cache().read(block));
    const std::uint64_t child_span = span(levels - 1);
    const std::uint64_t keep = first_ > base ? (first_ - base) / child_span : 0;
    for (std::uint64_t i = volume_.geometry().pointers_per_block; i-- > keep;) {
        const auto index = static_cast<std::uint32_t>(i);
        const std::uint32_t child = pointer_at(volume_, *buffer, index);
        if (child == 0) continue;
        const std::uint64_t child_base = base + i * child_span;
        if (!TRY(cut(child, levels - 1, child_base))) return false;
        if (child_base >= first_) TRY(set_pointer(transaction_, *buffer, index, 0));
    }
    if (base >= first_) {
        if (left_ == 0) return false;
        TRY(free(block, levels, base));
        reached_ = base;
    }
    return true;
}

Result<std::uint64_t> Cutter::cut_all() {
    std::uint64_t base = direct_blocks + span(1) + span(2);
    for (unsigned levels = 3; levels >= 1; --levels) {
        std::uint32_t &slot = inode_.disk.block[direct_blocks + levels - 1];
        if (slot != 0 && base + span(levels) > first_) {
            if (!TRY(cut(slot, levels, base))) return unfinished();
            if (base >= first_) slot = 0;
        }
        if (levels > 1) base -= span(levels - 1);
    }
    for (std::uint64_t i = direct_blocks; i-- > first_;) {
        std::uint32_t &slot = inode_.disk.block[i];
        if (slot == 0) continue;
        if (!TRY(cut(slot, 0, i))) return unfinished();
        slot = 0;
    }
    return first_;
}

}  // namespace

Result<std::uint64_t> free_tail(Volume &volume, Transaction &transaction, Inode &inode, std::uint64_t first,
                                unsigned budget) {
    Cutter cutter(volume, transaction, inode, first, budget);
    return cutter.cut_all();
}

}  // namespace axo::ext2::block_map
