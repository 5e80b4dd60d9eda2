// Page tables for 4 KiB user pages, over any way of reaching table frames, so that host tests can run them. What an
// entry looks like, and how many levels there are, the processor says (arch/page_entry.hpp).
//
// Every change checks first and then cannot fail: the number of table frames it needs is counted before the first entry
// is written, and `tables_needed` is returned when the pool has fewer. Nothing here touches the TLB: the caller
// invalidates the pages it changed, and reloads the root when `Removed::tables` is not zero and the root is in use.
//
//   root   user entries | kernel entries, the same frames in every address space
#pragma once

#include "arch/page_entry.hpp"
#include "axo/error.hpp"
#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"
#include "axo/types.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace axo::kernel {

/// Reaches the entries of a table frame.
template <typename A>
concept FrameAccess = requires(const A access, PhysAddr frame) {
    { access.table(frame) } -> std::same_as<PageEntry *>;
};

/// Gives and takes back frames for tables. take() is called only when available() is not zero; frames need not be
/// zeroed.
template <typename P>
concept TablePool = requires(P pool, PhysAddr frame) {
    { pool.available() } -> std::convertible_to<std::size_t>;
    { pool.take() } -> std::same_as<PhysAddr>;
    pool.give(frame);
};

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
    static constexpr unsigned entries = 1u << PageEntry::index_bits;
    static constexpr unsigned user_entries = PageEntry::user_entries;
    static constexpr unsigned root_level = PageEntry::levels - 1;

    PageTable(Access access, PhysAddr root) : access_(access), root_(root) {}

    PhysAddr root() const { return root_; }

    /// A new address space with the kernel half of `kernel_root` and no user page. Errors: tables_needed.
    template <TablePool Pool>
    static Result<PageTable> create(Access access, PhysAddr kernel_root, Pool &pool) {
        if (pool.available() == 0) return Error::tables_needed;
        const PhysAddr root = pool.take();
        PageEntry *table = access.table(root);
        const PageEntry *kernel = access.table(kernel_root);
        for (unsigned i = 0; i < user_entries; ++i) table[i] = PageEntry::none();
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
        std::uint64_t counted_[PageEntry::levels] = {~0ull, ~0ull, ~0ull, ~0ull};
        static_assert(PageEntry::levels == 4);
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
        if (!is_user_range(address, pages) || !PageEntry::can_hold(frame)) return Error::invalid;
        // A page fault: one page, whose table is nearly always there.
        PageEntry *leaf = pages == 1 ? leaf_table(address) : nullptr;
        if (leaf == nullptr && tables_for_map(address, pages) > pool.available()) return Error::tables_needed;
        for (std::uint64_t i = 0; i < pages; ++i) {
            const VirtAddr at = address.offset(i * page_size);
            if (leaf == nullptr || (i != 0 && index(at, 0) == 0)) leaf = make_leaf_table(at, pool);
            leaf[index(at, 0)] = PageEntry::leaf(frame.offset(i * page_size), flags);
        }
        return {};
    }

    /// What one round of a long change may look at, in entries; the calls below say how many pages they got through.
    static constexpr std::uint64_t no_limit = ~0ull;

    struct Removed {
        std::uint64_t pages;    // that were present
        std::uint64_t tables;   // that became empty and went back to the pool
        std::uint64_t through;  // pages of the range
    };

    /// Takes away whatever is mapped in the range. Errors: invalid.
    template <TablePool Pool>
    Result<Removed> unmap(VirtAddr address, std::uint64_t pages, Pool &pool, std::uint64_t limit = no_limit) {
        if (!is_user_range(address, pages)) return Error::invalid;
        Removed removed{};
        const auto take = [&](VirtAddr at, PageEntry *leaf, unsigned first, unsigned last) {
            for (unsigned i = first; i < last; ++i) {
                if (leaf[i].is_present()) ++removed.pages;
                leaf[i] = PageEntry::none();
            }
            removed.tables += release_if_empty(at, pool);
        };
        removed.through = for_each_leaf_part(address, pages, take, limit);
        return removed;
    }

    struct Changed {
        std::uint64_t pages;    // that were present
        std::uint64_t through;  // pages of the range
    };

    /// Gives the pages of the range that are present these flags. Errors: invalid.
    Result<Changed> protect(VirtAddr address, std::uint64_t pages, std::uint32_t flags,
                            std::uint64_t limit = no_limit) {
        if (!is_user_range(address, pages)) return Error::invalid;
        std::uint64_t changed = 0;
        const auto change = [&](VirtAddr, PageEntry *leaf, unsigned first, unsigned last) {
            for (unsigned i = first; i < last; ++i) {
                if (!leaf[i].is_present()) continue;
                leaf[i] = PageEntry::leaf(leaf[i].frame(), flags);
                ++changed;
            }
        };
        const std::uint64_t through = for_each_leaf_part(address, pages, change, limit);
        return Changed{changed, through};
    }

    /// The entry of the page, or one without the present bit. Every copy walks here, so it is one straight line.
    [[gnu::always_inline]] PageEntry entry_of(VirtAddr address) const {
        if (address.value >= layout::user_end) return PageEntry::none();
        const PageEntry top = access_.table(root_)[index(address, 3)];
        if (!top.is_present()) return PageEntry::none();
        const PageEntry upper = below(top)[index(address, 2)];
        if (!upper.is_present()) return PageEntry::none();
        const PageEntry lower = below(upper)[index(address, 1)];
        if (!lower.is_present()) return PageEntry::none();
        return below(lower)[index(address, 0)];
    }

    /// Errors: absent.
    Result<Mapping> query(VirtAddr address) const {
        const PageEntry entry = entry_of(address);
        if (!entry.is_present()) return Error::absent;
        return Mapping{entry.frame(), entry.flags()};
    }

    /// The first page at or above `address` that is mapped; skips missing tables whole. Errors: absent (none left).
    Result<VirtAddr> next_present(VirtAddr address) const {
        std::uint64_t at = address.value & ~(page_size - 1);
        while (at < layout::user_end) {
            const unsigned missing = missing_levels(VirtAddr{at});
            if (missing == 0 && leaf_table(VirtAddr{at})[index(VirtAddr{at}, 0)].is_present()) return VirtAddr{at};
            at = next(at, missing);
        }
        return Error::absent;
    }

    struct CloneNeeds {
        std::size_t tables;
        std::uint64_t through;  // pages of the range, for which that is enough
    };
    CloneNeeds tables_for_clone(const PageTable &from, VirtAddr address, std::uint64_t pages,
                                std::uint64_t limit = no_limit) const {
        TableCount count(*this);
        const auto look = [&](VirtAddr at, PageEntry *leaf, unsigned first, unsigned last) {
            if (any_present(leaf, first, last)) count.add(at, 1);
        };
        const std::uint64_t through = from.for_each_leaf_part(address, pages, look, limit);
        return {count.frames(), through};
    }

    /// Copies the present entries of `from` into this table and takes the write bit from both; replaces what is there.
    /// Errors: invalid, tables_needed.
    template <TablePool Pool>
    Result<Changed> clone_range(PageTable &from, VirtAddr address, std::uint64_t pages, Pool &pool,
                                std::uint64_t limit = no_limit) {
        if (!is_user_range(address, pages)) return Error::invalid;
        const CloneNeeds needs = tables_for_clone(from, address, pages, limit);
        if (needs.tables > pool.available()) return Error::tables_needed;
        std::uint64_t copied = 0;
        from.for_each_leaf_part(address, needs.through,
                                [&](VirtAddr at, PageEntry *source, unsigned first, unsigned last) {
                                    if (!any_present(source, first, last)) return;
                                    PageEntry *target = make_leaf_table(at, pool);
                                    for (unsigned i = first; i < last; ++i) {
                                        if (!source[i].is_present()) continue;
                                        source[i] = source[i].read_only();
                                        target[i] = source[i].untouched();
                                        ++copied;
                                    }
                                });
        return Changed{copied, needs.through};
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
        if (!destroy_below(access_.table(root_), root_level, user_entries, pool, limit, freed)) return {freed, false};
        if (freed == limit) return {freed, false};
        pool.give(root_);
        return {freed + 1, true};
    }

private:
    /// Level 0 is the table of pages, level 3 the root. shift(n): the bits of an address below the reach of one entry.
    static constexpr unsigned shift(unsigned level) { return page_shift + PageEntry::index_bits * level; }
    static constexpr unsigned index(VirtAddr address, unsigned level) {
        return static_cast<unsigned>(address.value >> shift(level)) & (entries - 1);
    }
    /// The next address that another entry of that level covers.
    static constexpr std::uint64_t next(std::uint64_t address, unsigned level) {
        return ((address >> shift(level)) + 1) << shift(level);
    }
    static constexpr bool any_present(const PageEntry *leaf, unsigned first, unsigned last) {
        for (unsigned i = first; i < last; ++i)
            if (leaf[i].is_present()) return true;
        return false;
    }
    PageEntry *below(PageEntry entry) const { return access_.table(entry.frame()); }

    /// How many tables between the root and this page do not exist: 0 to 3.
    unsigned missing_levels(VirtAddr address) const {
        PageEntry *table = access_.table(root_);
        for (unsigned level = root_level; level > 0; --level) {
            const PageEntry entry = table[index(address, level)];
            if (!entry.is_present()) return level;
            table = below(entry);
        }
        return 0;
    }

    PageEntry *leaf_table(VirtAddr address) const {
        PageEntry *table = access_.table(root_);
        for (unsigned level = root_level; level > 0; --level) {
            const PageEntry entry = table[index(address, level)];
            if (!entry.is_present()) return nullptr;
            table = below(entry);
        }
        return table;
    }

    /// Upper entries allow everything; the leaf decides.
    template <TablePool Pool>
    PageEntry *make_leaf_table(VirtAddr address, Pool &pool) {
        PageEntry *table = access_.table(root_);
        for (unsigned level = root_level; level > 0; --level) {
            PageEntry &entry = table[index(address, level)];
            if (!entry.is_present()) {
                const PhysAddr frame = pool.take();
                PageEntry *fresh = access_.table(frame);
                for (unsigned i = 0; i < entries; ++i) fresh[i] = PageEntry::none();
                entry = PageEntry::table(frame);
            }
            table = below(entry);
        }
        return table;
    }

    /// Calls visit(address, leaf table, first, last) for every existing leaf table of the range. The visitor may
    /// release that table. Stops when `limit` entries were looked at, a missing table counted as some; returns how many
    /// pages it got through.
    template <typename Visit>
    std::uint64_t for_each_leaf_part(VirtAddr address, std::uint64_t pages, Visit visit,
                                     std::uint64_t limit = no_limit) const {
        constexpr std::uint64_t cost_of_step = 16;
        std::uint64_t at = address.value, looked_at = 0;
        const std::uint64_t end = at + pages * page_size;
        while (at < end && looked_at < limit) {
            const unsigned missing = missing_levels(VirtAddr{at});
            const std::uint64_t part_end = next(at, missing == 0 ? 1 : missing);
            if (missing == 0) {
                const unsigned first = index(VirtAddr{at}, 0);
                const std::uint64_t count = ((part_end < end ? part_end : end) - at) / page_size;
                visit(VirtAddr{at}, leaf_table(VirtAddr{at}), first, first + static_cast<unsigned>(count));
                looked_at += entries;
            }
            looked_at += cost_of_step;
            at = part_end;
        }
        return at < end ? (at - address.value) / page_size : pages;
    }

    /// Frees the leaf table of this address if it is empty, then the tables above it; never the root.
    template <TablePool Pool>
    std::uint64_t release_if_empty(VirtAddr address, Pool &pool) {
        PageEntry *path[PageEntry::levels] = {nullptr, nullptr, nullptr, access_.table(root_)};
        for (unsigned level = root_level; level > 0; --level)
            path[level - 1] = below(path[level][index(address, level)]);
        std::uint64_t freed = 0;
        for (unsigned level = 0; level < root_level && !any_present(path[level], 0, entries); ++level) {
            PageEntry &entry = path[level + 1][index(address, level + 1)];
            pool.give(entry.frame());
            entry = PageEntry::none();
            ++freed;
        }
        return freed;
    }

    /// Frees the tables below `table`, whose level is given. False: the limit was reached first.
    template <TablePool Pool>
    bool destroy_below(PageEntry *table, unsigned level, unsigned count, Pool &pool, std::uint64_t limit,
                       std::uint64_t &freed) {
        for (unsigned i = 0; i < count; ++i) {
            if (!table[i].is_present()) continue;
            if (level > 1 && !destroy_below(below(table[i]), level - 1, entries, pool, limit, freed)) return false;
            if (freed == limit) return false;
            pool.give(table[i].frame());
            table[i] = PageEntry::none();
            ++freed;
        }
        return true;
    }

    Access access_;
    PhysAddr root_;
};

}  // namespace axo::kernel
