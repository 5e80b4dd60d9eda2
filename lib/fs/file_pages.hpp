// The pages of one file that have a frame, by index: a radix tree that is as high as the file needs, so that a file of
// one page is a single number and a huge sparse one costs little.
#pragma once

#include <utility>

#include "lib/base/owned.hpp"
#include "lib/fs/frame_pool.hpp"

namespace axo::fs {

class FilePages {
public:
    /// Frame::none: the page has none (in tmpfs: a hole).
    Frame find(std::uint64_t index) const;
    /// Puts a frame where none is. Index < 2^52. Errors: no_space (nothing changed).
    Status put(std::uint64_t index, Frame frame, Heap &heap);
    /// Takes every page from `first` to `end` (excluded) out of the tree: taken(frame) for each.
    template <typename Taken>
    void remove(std::uint64_t first, std::uint64_t end, Heap &heap, const Taken &taken) {
        if (first >= end) return;
        if (levels_ != 0) {
            if (first < span(levels_) && remove_under(root_, levels_, 0, first, end, heap, taken)) levels_ = 0;
        } else if (first == 0 && single_ != 0) {
            take_out(single_, taken);
        }
    }
    std::uint64_t count() const { return count_; }

private:
    static constexpr unsigned bits = 6;
    static constexpr unsigned slots = 1u << bits;
    struct Branch;
    struct Leaf;
    /// What hangs at a place: by the number of levels below it a frame (0), a leaf (1) or a branch.
    union Item {
        std::uint64_t nothing = 0;
        Branch *branch;
        Leaf *leaf;
    };
    struct Leaf {
        std::uint32_t frame[slots] = {};  // number + 1; 0: none
        std::uint32_t used = 0;
    };
    struct Branch {
        Item item[slots] = {};
        std::uint32_t used = 0;
    };
    static std::uint64_t span(unsigned levels) { return levels * bits >= 64 ? 0 : std::uint64_t{1} << levels * bits; }
    static unsigned slot(std::uint64_t index, unsigned level) { return index >> (level - 1) * bits & (slots - 1); }
    /// Of the children of a node at `level` whose range begins at `start`: the first and the one after the last that
    /// lie, with a part at least, in [first, end).
    static unsigned first_slot(std::uint64_t start, unsigned level, std::uint64_t first) {
        return first <= start ? 0 : static_cast<unsigned>((first - start) >> (level - 1) * bits);
    }
    static unsigned end_slot(std::uint64_t start, unsigned level, std::uint64_t end) {
        const std::uint64_t last = (end - 1 - start) >> (level - 1) * bits;
        return last >= slots ? slots : static_cast<unsigned>(last) + 1;
    }
    Status raise(std::uint64_t index, Heap &heap);
    Result<std::uint32_t *> place_for(std::uint64_t index, Heap &heap);
    template <typename Taken>
    void take_out(std::uint32_t &frame, const Taken &taken) {
        taken(static_cast<Frame>(std::exchange(frame, 0) - 1));
        --count_;
    }
    /// True: nothing is left under the item, and it is gone itself.
    template <typename Taken>
    bool remove_under(Item &item, unsigned level, std::uint64_t start, std::uint64_t first, std::uint64_t end,
                      Heap &heap, const Taken &taken);

    Item root_;
    std::uint32_t single_ = 0;  // with no levels: the frame of page 0, + 1
    unsigned levels_ = 0;
    std::uint64_t count_ = 0;
};

template <typename Taken>
bool FilePages::remove_under(Item &item, unsigned level, std::uint64_t start, std::uint64_t first, std::uint64_t end,
                             Heap &heap, const Taken &taken) {
    const unsigned from = first_slot(start, level, first), to = end_slot(start, level, end);
    if (level == 1) {
        Leaf &leaf = *item.leaf;
        for (unsigned i = from; i < to; ++i) {
            if (leaf.frame[i] == 0) continue;
            take_out(leaf.frame[i], taken);
            --leaf.used;
        }
        if (leaf.used != 0) return false;
        destroy(heap, &leaf);
    } else {
        Branch &branch = *item.branch;
        for (unsigned i = from; i < to; ++i) {
            if (branch.item[i].nothing == 0) continue;
            if (remove_under(branch.item[i], level - 1, start + i * span(level - 1), first, end, heap, taken))
                --branch.used;
        }
        if (branch.used != 0) return false;
        destroy(heap, &branch);
    }
    item.nothing = 0;
    return true;
}

}  // namespace axo::fs
