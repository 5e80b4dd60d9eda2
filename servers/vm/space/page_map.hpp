// Which frame lies at which page number: of an address space, a file or a shared object. Sparse: leaves of 64 pages
// with a bit mask, in a sorted array, so that copying or dropping a small process' pages is a short walk.
#pragma once

#include "lib/base/heap.hpp"
#include "lib/base/vector.hpp"
#include "servers/vm/frames/frame_allocator.hpp"

#include <bit>

namespace axo::vm {

class PageMap {
public:
    explicit PageMap(Heap &heap) : heap_(heap), slots_(heap) {}
    PageMap(const PageMap &) = delete;
    PageMap &operator=(const PageMap &) = delete;
    ~PageMap() { clear(); }

    /// The frame at that page, or 0.
    Frame find(std::uint64_t page) const {
        const Leaf *leaf = leaf_of(page);
        return leaf != nullptr && leaf->has(page) ? leaf->frames[page % leaf_pages] : 0;
    }

    /// Makes sure that `put` at this page cannot fail. Errors: no_memory.
    Status reserve(std::uint64_t page);
    /// After reserve. Replaces what was there; references are the caller's business, here and below.
    void put(std::uint64_t page, Frame frame);
    Status set(std::uint64_t page, Frame frame) {
        TRY(reserve(page));
        put(page, frame);
        return {};
    }
    /// Takes the entry out. Returns its frame, or 0.
    Frame remove(std::uint64_t page);

    std::uint64_t count() const { return count_; }

    /// visit(page, frame) for the entries of [first, end), ascending. The visitor may not change the map.
    template <typename Visit>
    void for_each(std::uint64_t first, std::uint64_t end, Visit visit) const {
        for (std::size_t i = lower_bound(first / leaf_pages); i < slots_.size(); ++i) {
            const std::uint64_t leaf_start = slots_[i].number * leaf_pages;
            if (leaf_start >= end) return;
            for (std::uint64_t bits = slots_[i].leaf->used & mask(leaf_start, first, end); bits != 0;
                 bits &= bits - 1) {
                const unsigned index = static_cast<unsigned>(std::countr_zero(bits));
                visit(leaf_start + index, slots_[i].leaf->frames[index]);
            }
        }
    }

    /// Removes the entries of [first, end), calling visit(page, frame) for each.
    template <typename Visit>
    void remove_range(std::uint64_t first, std::uint64_t end, Visit visit) {
        std::size_t i = lower_bound(first / leaf_pages);
        while (i < slots_.size() && slots_[i].number * leaf_pages < end) {
            const std::uint64_t leaf_start = slots_[i].number * leaf_pages;
            Leaf &leaf = *slots_[i].leaf;
            const std::uint64_t gone = leaf.used & mask(leaf_start, first, end);
            for (std::uint64_t bits = gone; bits != 0; bits &= bits - 1) {
                const unsigned index = static_cast<unsigned>(std::countr_zero(bits));
                visit(leaf_start + index, leaf.frames[index]);
            }
            leaf.used &= ~gone;
            count_ -= static_cast<std::uint64_t>(std::popcount(gone));
            if (leaf.used == 0)
                free_leaf(i);
            else
                ++i;
        }
    }

    /// Fills this empty map with the entries of another. Errors: no_memory (and then it is empty again).
    Status copy_from(const PageMap &other);
    void swap(PageMap &other);
    /// Forgets everything.
    void clear();

private:
    static constexpr unsigned leaf_pages = 64;
    struct Leaf {
        std::uint64_t used;  // bit i: frames[i] is valid
        Frame frames[leaf_pages];
        bool has(std::uint64_t page) const { return (used >> (page % leaf_pages) & 1) != 0; }
    };
    struct Slot {
        std::uint64_t number;  // page / leaf_pages
        Leaf *leaf;
    };

    /// The bits of the leaf at page `leaf_start` that lie in [first, end).
    static std::uint64_t mask(std::uint64_t leaf_start, std::uint64_t first, std::uint64_t end) {
        std::uint64_t bits = ~0ull;
        if (first > leaf_start) bits &= first - leaf_start >= leaf_pages ? 0 : ~0ull << (first - leaf_start);
        if (end - leaf_start < leaf_pages) bits &= ~(~0ull << (end - leaf_start));
        return bits;
    }
    std::size_t lower_bound(std::uint64_t number) const;
    Leaf *leaf_of(std::uint64_t page) const {
        const std::uint64_t number = page / leaf_pages;
        if (last_ < slots_.size() && slots_[last_].number == number) return slots_[last_].leaf;
        const std::size_t i = lower_bound(number);
        if (i == slots_.size() || slots_[i].number != number) return nullptr;
        last_ = i;
        return slots_[i].leaf;
    }
    Result<Leaf *> new_leaf();
    void free_leaf(std::size_t index);

    Heap &heap_;
    Vector<Slot> slots_;
    std::uint64_t count_ = 0;
    mutable std::size_t last_ = 0;  // where the last search ended: neighbours are asked for in turn
};

}  // namespace axo::vm
