// See page_tree.hpp. The highest index is below 2^52, so that nine levels always suffice.
#include "servers/tmpfs/page_tree.hpp"

#include "lib/base/owned.hpp"

namespace axo::tmpfs {

std::byte *PageTree::find(std::uint64_t index) const {
    if (index >= span(levels_)) return nullptr;
    void *item = root_;
    for (unsigned level = levels_; level > 0 && item != nullptr; --level)
        item = static_cast<Node *>(item)->slot[index >> (level - 1) * bits & (slots - 1)];
    return static_cast<std::byte *>(item);
}

/// Puts nodes on top until the index fits.
Status PageTree::raise(std::uint64_t index, Heap &heap) {
    while (index >= span(levels_)) {
        if (root_ != nullptr) {
            const auto node = create<Node>(heap);
            if (!node) return Error::no_space;
            (*node)->slot[0] = root_;
            root_ = *node;
        }
        ++levels_;
    }
    return {};
}

Result<std::byte *> PageTree::place(std::uint64_t index, PagePool &pool, Heap &heap) {
    TRY(raise(index, heap));
    void **item = &root_;
    for (unsigned level = levels_; level > 0; --level) {
        if (*item == nullptr) {
            const auto node = create<Node>(heap);
            if (!node) return Error::no_space;
            *item = *node;
        }
        item = &static_cast<Node *>(*item)->slot[index >> (level - 1) * bits & (slots - 1)];
    }
    if (*item == nullptr) {
        *item = TRY(pool.allocate());
        ++pages_;
    }
    return static_cast<std::byte *>(*item);
}

/// True: nothing is left under the item, and it is gone itself.
bool PageTree::cut_node(void *&item, unsigned levels, std::uint64_t base, std::uint64_t first, PagePool &pool,
                        Heap &heap) {
    if (item == nullptr) return true;
    if (levels == 0) {
        if (base < first) return false;
        pool.free(static_cast<std::byte *>(item));
        --pages_;
        item = nullptr;
        return true;
    }
    Node *const node = static_cast<Node *>(item);
    const std::uint64_t child_span = span(levels - 1);
    bool empty = true;
    for (unsigned i = 0; i < slots; ++i) {
        const std::uint64_t child_base = base + i * child_span;
        if (child_base + child_span <= first)
            empty = empty && node->slot[i] == nullptr;
        else
            empty = cut_node(node->slot[i], levels - 1, child_base, first, pool, heap) && empty;
    }
    if (!empty) return false;
    destroy(heap, node);
    item = nullptr;
    return true;
}

void PageTree::cut(std::uint64_t first, PagePool &pool, Heap &heap) {
    if (cut_node(root_, levels_, 0, first, pool, heap)) levels_ = 0;
}

}  // namespace axo::tmpfs
