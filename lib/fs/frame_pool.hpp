// Page-sized, page-aligned frames for file content, in regions of VM, which can therefore map them. They come in chunks
// that are asked for and given back as needed; one empty chunk is kept for the next file.
#pragma once

#include <bit>

#include "lib/base/vector.hpp"
#include "lib/sys/region.hpp"

namespace axo::fs {

/// A frame of a pool, by number: what a State keeps in place of its address.
enum class Frame : std::uint32_t { none = ~0u };

class FramePool {
public:
    static constexpr std::size_t chunk_pages = 64;

    explicit FramePool(Heap &heap) : chunks_(heap) {}
    ~FramePool() { clear(); }
    FramePool(const FramePool &) = delete;
    FramePool &operator=(const FramePool &) = delete;

    void set_limit(std::size_t frames) { limit_ = frames; }
    std::size_t limit() const { return limit_; }
    std::size_t used() const { return used_; }

    /// A frame whose content is undefined. Blocks on VM where a chunk is missing. Errors: no_space (the limit, or no
    /// memory).
    Result<Frame> allocate();
    void free(Frame frame);
    /// Gives every chunk back; frames in use are lost.
    void clear();

    std::byte *memory(Frame frame) const {
        const auto number = static_cast<std::uint32_t>(frame);
        return chunks_[number / chunk_pages].memory.at((number % chunk_pages) << page_shift);
    }

private:
    static constexpr std::uint64_t all_free = ~std::uint64_t{0};
    struct Chunk {
        sys::Region memory;  // none: the place in the table is free
        std::uint64_t free;  // bit n: page n
    };
    Result<std::size_t> chunk_with_room();
    Result<std::size_t> place_for_chunk();

    Vector<Chunk> chunks_;
    std::size_t hint_ = 0;  // a chunk that had room
    std::size_t limit_ = 0, used_ = 0, free_chunks_ = 0;
};

}  // namespace axo::fs
