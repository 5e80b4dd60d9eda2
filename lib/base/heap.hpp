// A heap over one contiguous, growing area: the "named heap" of every container. Everything it
// stores (itself included) may lie inside that area, which then holds no pointer to the outside;
// therefore how the area grows is asked of the program (grow_heap), not kept as a function pointer in the heap.
//
//   | header chunk | payload ... | header | payload ... | ... | end mark (a used chunk of size 0) |
//
// Small blocks are kept on lists of exact size and merged with their neighbours only when a request
// can not be met otherwise; large ones are merged at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "axo/error.hpp"

namespace axo {

class Heap {
public:
    enum class Area : std::uint32_t { fixed, arena, scratch };

    static constexpr std::size_t alignment = 16;

    constexpr Heap() = default;
    Heap(const Heap &) = delete;
    Heap &operator=(const Heap &) = delete;

    /// Starts with the area [start, start + bytes); start aligned to 16, at least 64 bytes.
    void adopt(void *start, std::size_t bytes, Area area);

    /// Memory that is zero in an arena, uninitialised elsewhere. `align` is a power of two. Errors: no_memory.
    Result<void *> allocate(std::size_t bytes, std::size_t align = alignment);

    /// Gives back what allocate returned; null is ignored.
    void free(void *pointer);

    /// visit(payload, bytes) for every block in use, by ascending address. Small blocks that were freed but not yet
    /// merged are among them.
    template <typename Visit>
    void for_each_block(Visit visit) const {
        const auto *at = reinterpret_cast<const std::byte *>(end_) + header_bytes - total_bytes_;
        while (at != reinterpret_cast<const std::byte *>(end_)) {
            const auto *chunk = reinterpret_cast<const Chunk *>(at);
            if (chunk->used()) visit(at + header_bytes, chunk->size() - header_bytes);
            at += chunk->size();
        }
    }

    std::size_t used_bytes() const { return used_bytes_; }  // with headers
    std::size_t total_bytes() const { return total_bytes_; }
    std::size_t used_blocks() const { return used_blocks_; }

private:
    struct Chunk {
        std::size_t size_and_used;  // bytes with header, multiple of 16; bit 0: in use
        std::size_t previous_size;  // of the chunk before, 0 for the first
        Chunk *next, *previous;     // while free (previous: only on large lists)

        std::size_t size() const { return size_and_used & ~std::size_t{1}; }
        bool used() const { return (size_and_used & 1) != 0; }
    };
    static constexpr std::size_t header_bytes = 16;
    static constexpr std::size_t min_chunk = sizeof(Chunk);
    static constexpr std::size_t small_limit = 1024 + header_bytes;  // largest chunk on a small list

    static std::size_t chunk_size(std::size_t bytes);
    static Chunk *chunk_of(void *payload);
    static Chunk *after(Chunk *chunk);
    static Chunk *before(Chunk *chunk);
    Chunk *take(std::size_t size);
    Chunk *search(std::size_t size);
    Chunk *split(Chunk *chunk, std::size_t size);
    Result<void *> allocate_aligned(std::size_t bytes, std::size_t align);
    void *hand_out(Chunk *chunk);
    void insert(Chunk *chunk);
    void remove(Chunk *chunk);
    void release(Chunk *chunk);
    void merge_small();
    Status extend(std::size_t bytes);

    std::array<Chunk *, small_limit / 16 + 1> small_{};
    std::array<Chunk *, 64> large_{};  // by the logarithm of the size
    std::uint64_t large_present_ = 0;  // bit n: large_[n] is not empty
    std::size_t small_bytes_ = 0;      // on the small lists
    Chunk *end_ = nullptr;
    std::size_t used_bytes_ = 0, total_bytes_ = 0, used_blocks_ = 0;
    Area area_ = Area::fixed;
    std::uint32_t reserved_ = 0;
};

/// The heap in the state arena of this process: the default of every container.
Heap &arena_heap();
/// The heap for what does not survive an update or restart (coroutine frames).
Heap &scratch_heap();
/// Makes the area at the end of a heap longer by at least `bytes`; returns by how much. `area` is not `fixed`.
/// Supplied, like the two above, by whoever links lib/base. Errors: no_memory, or what the supplier met.
Result<std::size_t> grow_heap(Heap::Area area, std::size_t bytes);

}  // namespace axo
