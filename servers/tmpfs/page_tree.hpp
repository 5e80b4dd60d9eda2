// The pages of one file by index: a radix tree that is as high as the file needs, so that a file of
// one page is a single pointer and a huge sparse one costs little.
#pragma once

#include "servers/tmpfs/page_pool.hpp"

namespace axo::tmpfs {

class PageTree {
public:
    /// Null: a hole.
    std::byte *find(std::uint64_t index) const;
    /// The page, made if missing. Errors: no_space.
    Result<std::byte *> place(std::uint64_t index, PagePool &pool, Heap &heap);
    /// Frees every page from `first` on.
    void cut(std::uint64_t first, PagePool &pool, Heap &heap);
    std::uint64_t pages() const { return pages_; }

private:
    static constexpr unsigned bits = 6;
    static constexpr unsigned slots = 1u << bits;
    struct Node {
        void *slot[slots] = {};  // pages at level 1, else nodes
    };
    static std::uint64_t span(unsigned levels) { return levels * bits >= 64 ? 0 : std::uint64_t{1} << levels * bits; }
    Status raise(std::uint64_t index, Heap &heap);
    bool cut_node(void *&item, unsigned levels, std::uint64_t base, std::uint64_t first, PagePool &pool, Heap &heap);

    void *root_ = nullptr;
    unsigned levels_ = 0;  // of nodes above the pages
    std::uint64_t pages_ = 0;
};

}  // namespace axo::tmpfs
