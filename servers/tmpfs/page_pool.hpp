// Zeroed pages for file content, from chunks outside the arena that are asked for and given back
// as needed.
#pragma once

#include "axo/types.hpp"
#include "lib/base/vector.hpp"

namespace axo::tmpfs {

inline constexpr std::size_t chunk_pages = 64;

/// Where chunks come from: VM (chunk_source.cpp), in host tests plain memory.
struct ChunkMemory {
    std::byte *address;
    std::uint64_t handle;
};
/// chunk_pages pages. Errors: no_memory.
Result<ChunkMemory> allocate_chunk();
void free_chunk(const ChunkMemory &chunk);

class PagePool {
public:
    explicit PagePool(Heap &heap) : chunks_(heap) {}
    ~PagePool() { clear(); }
    PagePool(const PagePool &) = delete;
    PagePool &operator=(const PagePool &) = delete;

    void set_limit(std::size_t pages) { limit_ = pages; }
    std::size_t limit() const { return limit_; }
    std::size_t used() const { return used_; }

    /// A page of zeros. Errors: no_space (the limit, or no memory).
    Result<std::byte *> allocate();
    void free(std::byte *page);
    void clear();

private:
    struct Chunk {
        ChunkMemory memory;
        std::uint64_t free;  // bit n: page n
    };
    std::size_t position_of(const std::byte *address) const;
    Result<std::size_t> chunk_with_room();

    Vector<Chunk> chunks_;  // by address
    std::size_t hint_ = 0;  // a chunk that had room
    std::size_t limit_ = 0, used_ = 0, free_chunks_ = 0;
};

}  // namespace axo::tmpfs
