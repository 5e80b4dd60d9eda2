// See file_pages.hpp. The highest index is below 2^52, so that nine levels always suffice.
#include "lib/fs/file_pages.hpp"

namespace axo::fs {

Frame FilePages::find(std::uint64_t index) const {
    if (levels_ == 0) return index == 0 ? static_cast<Frame>(single_ - 1) : Frame::none;
    if (index >= span(levels_)) return Frame::none;
    Item item = root_;
    for (unsigned level = levels_; level > 1; --level) {
        item = item.branch->item[slot(index, level)];
        if (item.nothing == 0) return Frame::none;
    }
    return static_cast<Frame>(item.leaf->frame[slot(index, 1)] - 1);
}

/// Puts nodes on top until the index fits.
Status FilePages::raise(std::uint64_t index, Heap &heap) {
    if (levels_ == 0 && index != 0) {
        const auto leaf = create<Leaf>(heap);
        if (!leaf) return Error::no_space;
        (*leaf)->frame[0] = std::exchange(single_, 0);
        (*leaf)->used = (*leaf)->frame[0] != 0;
        root_.leaf = *leaf;
        levels_ = 1;
    }
    while (levels_ != 0 && index >= span(levels_)) {
        const auto branch = create<Branch>(heap);
        if (!branch) return Error::no_space;
        (*branch)->item[0] = root_;
        (*branch)->used = 1;
        root_.branch = *branch;
        ++levels_;
    }
    return {};
}

Result<std::uint32_t *> FilePages::place_for(std::uint64_t index, Heap &heap) {
    TRY(raise(index, heap));
    if (levels_ == 0) return &single_;
    Item *item = &root_;
    for (unsigned level = levels_; level > 1; --level) {
        Branch &branch = *item->branch;
        item = &branch.item[slot(index, level)];
        if (item->nothing != 0) continue;
        if (level == 2) {
            const auto leaf = create<Leaf>(heap);
            if (!leaf) return Error::no_space;
            item->leaf = *leaf;
        } else {
            const auto made = create<Branch>(heap);
            if (!made) return Error::no_space;
            item->branch = *made;
        }
        ++branch.used;
    }
    ++item->leaf->used;
    return &item->leaf->frame[slot(index, 1)];
}

Status FilePages::put(std::uint64_t index, Frame frame, Heap &heap) {
    const auto place = place_for(index, heap);
    if (!place) {
        remove(index, index + 1, heap, [](Frame) {});  // the nodes that were made, and nothing hangs in
        return place.error();
    }
    **place = static_cast<std::uint32_t>(frame) + 1;
    ++count_;
    return {};
}

}  // namespace axo::fs
