// Four-level page tables for 4 KiB user pages, over any way of reaching table frames, so that host tests can run them.
//
// Every change checks first and then cannot fail: the number of table frames it needs is counted before the first entry
// is written, and `tables_needed` is returned when the pool has fewer. Nothing here touches the TLB: the caller
// invalidates the pages it changed, and reloads the root when `Removed::tables` is not zero and the root is in use.
//
//   root (PML4)  256 user entries | 256 kernel entries, the same frames in every address space
#pragma once

#include "axo/error.hpp"
#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"
#include "axo/types.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace axo::kernel {

/// Reaches the 512 entries of a table frame.
template <typename A>
concept FrameAccess = requires(const A access, PhysAddr frame) {
    { access.table(frame) } -> std::same_as<std::uint64_t *>;
};

/// Gives and takes back frames for tables. take() is called only when available() is not zero; frames need not be
/// zeroed.
template <typename P>
concept TablePool = requires(P pool, PhysAddr frame) {
    { pool.available() } -> std::convertible_to<std::size_t>;
    { pool.take() } -> std::same_as<PhysAddr>;
    pool.give(frame);
};

/// Bits of an entry (SDM volume 3, table 4-20).
namespace entry_bit {
inline constexpr std::uint64_t present = 1u << 0, write = 1u << 1, user = 1u << 2, write_through = 1u << 3;
inline constexpr std::uint64_t cache_disable = 1u << 4, accessed = 1u << 5, dirty = 1u << 6, large = 1u << 7,
                               global = 1u << 8;
inline constexpr std::uint64_t no_execute = 1ull << 63;
inline constexpr std::uint64_t frame_mask = 0x000f'ffff'ffff'f000;
}  // namespace entry_bit

/// The entry for a user page with these map flags.
constexpr std::uint64_t leaf_entry(PhysAddr frame, std::uint32_t flags) {
    std::uint64_t entry = frame.value | entry_bit::present | entry_bit::user;
    if ((flags & map_flag::write) != 0) entry |= entry_bit::write;
    if ((flags & map_flag::execute) == 0) entry |= entry_bit::no_execute;
    if ((flags & map_flag::uncached) != 0) entry |= entry_bit::cache_disable | entry_bit::write_through;
    return entry;
}

constexpr std::uint32_t flags_of(std::uint64_t entry) {
    std::uint32_t flags = 0;
    if ((entry & entry_bit::write) != 0) flags |= map_flag::write;
    if ((entry & entry_bit::no_execute) == 0) flags |= map_flag::execute;
    if ((entry & entry_bit::cache_disable) != 0) flags |= map_flag::uncached;
    return flags;
}

/// Whole pages inside the part of the address space that user mappings may use, and at least one.
constexpr bool is_user_range(VirtAddr address, std::uint64_t pages) {
    if (address.value % page_size != 0 || address.value < layout::user_first || pages == 0) return false;
    return address.value < layout::user_end && pages <= (layout::user_end - address.value) / page_size;
}

/// What query found; every mapping is readable.
struct Mapping {
    PhysAddr frame;
    std::uint32_t flags;  // map_flag
};

template <FrameAccess Access>
class PageTable {
public:
    static constexpr unsigned entries = 512;
    static constexpr unsigned user_entries = 256;

    PageTable(Access access, PhysAddr root) : access_(access), root_(root) {}

    PhysAddr root() const { return root_; }

    /// A new address space with the kernel half of `kernel_root` and no user page. Errors: tables_needed.
    template <TablePool Pool>
    static Result<PageTable> create(Access access, PhysAddr kernel_root, Pool &pool) {
        if (pool.available() == 0) return Error::tables_needed;
        const PhysAddr root = pool.take();
        std::uint64_t *table = access.table(root);
        const std::uint64_t *kernel = access.table(kernel_root);
        for (unsigned i = 0; i < user_entries; ++i) table[i] = 0;
        for (unsigned i = user_entries; i < entries; ++i) table[i] = kernel[i];
        return PageTable(access, root);
    }

    /// Counts table frames that mapping runs will take. Exact when the runs come in ascending order, else never too
    /// few.
    class TableCount {
    public:
        explicit TableCount(const PageTable &table) : table_(table) {}
        void add(VirtAddr address, std::uint64_t pages) {
            std::uint64_t at = address.value;
            const std::uint64_t end = at + pages * page_size;
            for (; at < end; at = next(at, 1)) add_leaf_table(VirtAddr{at});
        }
        std::size_t frames() const { return frames_; }

    private:
        /// A table that covers `address` at a level and is missing is counted once while addresses ascend.
        void add_leaf_table(VirtAddr address) {
            const unsigned missing = table_.missing_levels(address);
            for (unsigned level = 1; level <= missing; ++level) {
                const std::uint64_t number = address.value >> shift(level);
                if (counted_[level] == number) continue;
                counted_[level] = number;
                ++frames_;
            }
        }
        const PageTable &table_;
        std::size_t frames_ = 0;
        std::uint64_t counted_[4] = {~0ull, ~0ull, ~0ull, ~0ull};
    };

    std::size_t tables_for_map(VirtAddr address, std::uint64_t pages) const {
        TableCount count(*this);
        count.add(address, pages);
        return count.frames();
    }

    /// Maps `pages` frames from `frame` on; replaces what is there.
    /// Errors: invalid (alignment, range), tables_needed.
    template <TablePool Pool>
    Status map(VirtAddr address, PhysAddr frame, std::uint64_t pages, std::uint32_t flags, Pool &pool) {
        if (!is_user_range(address, pages) || (frame.value & ~entry_bit::frame_mask) != 0) return Error::invalid;
        if (tables_for_map(address, pages) > pool.available()) return Error::tables_needed;
        std::uint64_t *leaf = nullptr;
        for (std::uint64_t i = 0; i < pages; ++i) {
            const VirtAddr at = address.offset(i * page_size);
            if (leaf == nullptr || index(at, 0) == 0) leaf = make_leaf_table(at, pool);
            leaf[index(at, 0)] = leaf_entry(frame.offset(i * page_size), flags);
        }
        return {};
    }

    struct Removed {
        std::uint64_t pages;   // that were present
        std::uint64_t tables;  // that became empty and went back to the pool
    };

    /// Takes away whatever is mapped in the range. Errors: invalid.
    template <TablePool Pool>
    Result<Removed> unmap(VirtAddr address, std::uint64_t pages, Pool &pool) {
        if (!is_user_range(address, pages)) return Error::invalid;
        Removed removed{};
        for_each_leaf_part(address, pages, [&](VirtAddr at, std::uint64_t *leaf, unsigned first, unsigned last) {
            for (unsigned i = first; i < last; ++i) {
                if ((leaf[i] & entry_bit::present) != 0) ++removed.pages;
                leaf[i] = 0;
            }
            removed.tables += release_if_empty(at, pool);
        });
        return removed;
    }

    /// Gives the pages of the range that are present these flags. Returns their number. Errors: invalid.
    Result<std::uint64_t> protect(VirtAddr address, std::uint64_t pages, std::uint32_t flags) {
        if (!is_user_range(address, pages)) return Error::invalid;
        std::uint64_t changed = 0;
        for_each_leaf_part(address, pages, [&](VirtAddr, std::uint64_t *leaf, unsigned first, unsigned last) {
            for (unsigned i = first; i < last; ++i) {
                if ((leaf[i] & entry_bit::present) == 0) continue;
                leaf[i] = leaf_entry(PhysAddr{leaf[i] & entry_bit::frame_mask}, flags);
                ++changed;
            }
        });
        return changed;
    }

    /// The entry of the page, or one without the present bit. Every copy walks here, so it is one straight line.
    [[gnu::always_inline]] std::uint64_t entry_of(VirtAddr address) const {
        if (address.value >= layout::user_end) return 0;
        const std::uint64_t top = access_.table(root_)[index(address, 3)];
        if ((top & entry_bit::present) == 0) return 0;
        const std::uint64_t upper = below(top)[index(address, 2)];
        if ((upper & entry_bit::present) == 0) return 0;
        const std::uint64_t lower = below(upper)[index(address, 1)];
        if ((lower & entry_bit::present) == 0) return 0;
        return below(lower)[index(address, 0)];
    }

    /// Errors: absent.
    Result<Mapping> query(VirtAddr address) const {
        const std::uint64_t entry = entry_of(address);
        if ((entry & entry_bit::present) == 0) return Error::absent;
        return Mapping{PhysAddr{entry & entry_bit::frame_mask}, flags_of(entry)};
    }

    /// The first page at or above `address` that is mapped; skips missing tables whole. Errors: absent (none left).
    Result<VirtAddr> next_present(VirtAddr address) const {
        std::uint64_t at = address.value & ~(page_size - 1);
        while (at < layout::user_end) {
            const unsigned missing = missing_levels(VirtAddr{at});
            if (missing == 0 && (leaf_table(VirtAddr{at})[index(VirtAddr{at}, 0)] & entry_bit::present) != 0)
                return VirtAddr{at};
            at = next(at, missing);
        }
        return Error::absent;
    }

    std::size_t tables_for_clone(const PageTable &from, VirtAddr address, std::uint64_t pages) const {
        TableCount count(*this);
        from.for_each_leaf_part(address, pages, [&](VirtAddr at, std::uint64_t *leaf, unsigned first, unsigned last) {
            if (any_present(leaf, first, last)) count.add(at, 1);
        });
        return count.frames();
    }

    /// Copies the present entries of `from` into this table and takes the write bit from both; replaces what is there.
    /// Returns the number of pages copied. Errors: invalid, tables_needed.
    template <TablePool Pool>
    Result<std::uint64_t> clone_range(PageTable &from, VirtAddr address, std::uint64_t pages, Pool &pool) {
        if (!is_user_range(address, pages)) return Error::invalid;
        if (tables_for_clone(from, address, pages) > pool.available()) return Error::tables_needed;
        std::uint64_t copied = 0;
        from.for_each_leaf_part(address, pages, [&](VirtAddr at, std::uint64_t *source, unsigned first, unsigned last) {
            if (!any_present(source, first, last)) return;
            std::uint64_t *target = make_leaf_table(at, pool);
            for (unsigned i = first; i < last; ++i) {
                if ((source[i] & entry_bit::present) == 0) continue;
                source[i] &= ~entry_bit::write;
                target[i] = source[i] & ~(entry_bit::accessed | entry_bit::dirty);
                ++copied;
            }
        });
        return copied;
    }

    struct Destroyed {
        std::uint64_t tables;  // given back, the root among them when finished
        bool finished;
    };

    /// Gives back table frames, at most `limit`; to be called again until finished. The table must not be in use; the
    /// mapped frames are not touched, they belong to VM.
    template <TablePool Pool>
    Destroyed destroy(Pool &pool, std::uint64_t limit) {
        std::uint64_t freed = 0;
        if (!destroy_below(access_.table(root_), 3, user_entries, pool, limit, freed)) return {freed, false};
        if (freed == limit) return {freed, false};
        pool.give(root_);
        return {freed + 1, true};
    }

private:
    /// Level 0 is the table of pages, level 3 the root. shift(n): the bits of an address below the reach of one entry.
    static constexpr unsigned shift(unsigned level) { return page_shift + 9 * level; }
    static constexpr unsigned index(VirtAddr address, unsigned level) {
        return static_cast<unsigned>(address.value >> shift(level)) & (entries - 1);
    }
    /// The next address that another entry of that level covers.
    static constexpr std::uint64_t next(std::uint64_t address, unsigned level) {
        return ((address >> shift(level)) + 1) << shift(level);
    }
    static constexpr bool any_present(const std::uint64_t *leaf, unsigned first, unsigned last) {
        for (unsigned i = first; i < last; ++i)
            if ((leaf[i] & entry_bit::present) != 0) return true;
        return false;
    }
    std::uint64_t *below(std::uint64_t entry) const { return access_.table(PhysAddr{entry & entry_bit::frame_mask}); }

    /// How many tables between the root and this page do not exist: 0 to 3.
    unsigned missing_levels(VirtAddr address) const {
        std::uint64_t *table = access_.table(root_);
        for (unsigned level = 3; level > 0; --level) {
            const std::uint64_t entry = table[index(address, level)];
            if ((entry & entry_bit::present) == 0) return level;
            table = below(entry);
        }
        return 0;
    }

    std::uint64_t *leaf_table(VirtAddr address) const {
        std::uint64_t *table = access_.table(root_);
        for (unsigned level = 3; level > 0; --level) {
            const std::uint64_t entry = table[index(address, level)];
            if ((entry & entry_bit::present) == 0) return nullptr;
            table = below(entry);
        }
        return table;
    }

    /// Upper entries allow everything; the leaf decides.
    template <TablePool Pool>
    std::uint64_t *make_leaf_table(VirtAddr address, Pool &pool) {
        std::uint64_t *table = access_.table(root_);
        for (unsigned level = 3; level > 0; --level) {
            std::uint64_t &entry = table[index(address, level)];
            if ((entry & entry_bit::present) == 0) {
                const PhysAddr frame = pool.take();
                std::uint64_t *fresh = access_.table(frame);
                for (unsigned i = 0; i < entries; ++i) fresh[i] = 0;
                entry = frame.value | entry_bit::present | entry_bit::write | entry_bit::user;
            }
            table = below(entry);
        }
        return table;
    }

    /// Calls visit(address, leaf table, first, last) for every existing leaf table of the range. The visitor may
    /// release that table.
    template <typename Visit>
    void for_each_leaf_part(VirtAddr address, std::uint64_t pages, Visit visit) const {
        std::uint64_t at = address.value;
        const std::uint64_t end = at + pages * page_size;
        while (at < end) {
            const unsigned missing = missing_levels(VirtAddr{at});
            const std::uint64_t part_end = next(at, missing == 0 ? 1 : missing);
            if (missing == 0) {
                const unsigned first = index(VirtAddr{at}, 0);
                const std::uint64_t count = ((part_end < end ? part_end : end) - at) / page_size;
                visit(VirtAddr{at}, leaf_table(VirtAddr{at}), first, first + static_cast<unsigned>(count));
            }
            at = part_end;
        }
    }

    /// Frees the leaf table of this address if it is empty, then the tables above it; never the root.
    template <TablePool Pool>
    std::uint64_t release_if_empty(VirtAddr address, Pool &pool) {
        std::uint64_t *path[4] = {nullptr, nullptr, nullptr, access_.table(root_)};
        for (unsigned level = 3; level > 0; --level) path[level - 1] = below(path[level][index(address, level)]);
        std::uint64_t freed = 0;
        for (unsigned level = 0; level < 3 && !any_present(path[level], 0, entries); ++level) {
            std::uint64_t &entry = path[level + 1][index(address, level + 1)];
            pool.give(PhysAddr{entry & entry_bit::frame_mask});
            entry = 0;
            ++freed;
        }
        return freed;
    }

    /// Frees the tables below `table`, whose level is given. False: the limit was reached first.
    template <TablePool Pool>
    bool destroy_below(std::uint64_t *table, unsigned level, unsigned count, Pool &pool, std::uint64_t limit,
                       std::uint64_t &freed) {
        for (unsigned i = 0; i < count; ++i) {
            if ((table[i] & entry_bit::present) == 0) continue;
            if (level > 1 && !destroy_below(below(table[i]), level - 1, entries, pool, limit, freed)) return false;
            if (freed == limit) return false;
            pool.give(PhysAddr{table[i] & entry_bit::frame_mask});
            table[i] = 0;
            ++freed;
        }
        return true;
    }

    Access access_;
    PhysAddr root_;
};

}  // namespace axo::kernel
