// The parts of PageMap that allocate.
#include "servers/vm/space/page_map.hpp"

#include <utility>

namespace axo::vm {

std::size_t PageMap::lower_bound(std::uint64_t number) const {
    std::size_t low = 0, high = slots_.size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (slots_[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Result<PageMap::Leaf *> PageMap::new_leaf() {
    auto *leaf = static_cast<Leaf *>(TRY(heap_.allocate(sizeof(Leaf), alignof(Leaf))));
    leaf->used = 0;
    return leaf;
}

void PageMap::free_leaf(std::size_t index) {
    heap_.free(slots_[index].leaf);
    slots_.erase(index);
}

Status PageMap::reserve(std::uint64_t page) {
    if (leaf_of(page) != nullptr) return {};
    const std::uint64_t number = page / leaf_pages;
    Leaf *leaf = TRY(new_leaf());
    const std::size_t index = lower_bound(number);
    if (Status added = slots_.insert(index, Slot{number, leaf}); !added) {
        heap_.free(leaf);
        return added;
    }
    last_ = index;
    return {};
}

void PageMap::put(std::uint64_t page, Frame frame) {
    Leaf *leaf = leaf_of(page);
    ensure(leaf != nullptr);
    if (!leaf->has(page)) {
        leaf->used |= 1ull << (page % leaf_pages);
        ++count_;
    }
    leaf->frames[page % leaf_pages] = frame;
}

Frame PageMap::remove(std::uint64_t page) {
    Frame removed = 0;
    remove_range(page, page + 1, [&](std::uint64_t, Frame frame) { removed = frame; });
    return removed;
}

Status PageMap::copy_from(const PageMap &other) {
    TRY(slots_.reserve(other.slots_.size()));
    for (const Slot &slot : other.slots_) {
        if (slot.leaf->used == 0) continue;
        Result<Leaf *> leaf = new_leaf();
        if (!leaf) {
            clear();
            return leaf.error();
        }
        (*leaf)->used = slot.leaf->used;
        for (std::uint64_t bits = slot.leaf->used; bits != 0; bits &= bits - 1) {
            const int index = std::countr_zero(bits);
            (*leaf)->frames[index] = slot.leaf->frames[index];
        }
        (void)slots_.push_back(Slot{slot.number, *leaf});  // reserved above
    }
    count_ = other.count_;
    return {};
}

void PageMap::swap(PageMap &other) {
    std::swap(slots_, other.slots_);
    std::swap(count_, other.count_);
    last_ = other.last_ = 0;
}

void PageMap::clear() {
    for (const Slot &slot : slots_) heap_.free(slot.leaf);
    slots_.clear();
    count_ = 0;
}

}  // namespace axo::vm
