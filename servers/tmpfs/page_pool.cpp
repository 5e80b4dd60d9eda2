// Chunks by address, so that a page finds its chunk; one empty chunk is kept for the next file.
#include "servers/tmpfs/page_pool.hpp"

#include <bit>
#include <cstring>

namespace axo::tmpfs {

/// Index of the first chunk that lies behind `address`.
std::size_t PagePool::position_of(const std::byte *address) const {
    std::size_t low = 0, high = chunks_.size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (chunks_[middle].memory.address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Result<std::size_t> PagePool::chunk_with_room() {
    if (hint_ < chunks_.size() && chunks_[hint_].free != 0) return hint_;
    for (std::size_t i = 0; i < chunks_.size(); ++i)
        if (chunks_[i].free != 0) return hint_ = i;
    const auto memory = allocate_chunk();
    if (!memory) return Error::no_space;
    const std::size_t position = position_of(memory->address);
    if (!chunks_.push_back(Chunk{*memory, ~std::uint64_t{0}})) {
        free_chunk(*memory);
        return Error::no_space;
    }
    for (std::size_t i = chunks_.size() - 1; i > position; --i) std::swap(chunks_[i], chunks_[i - 1]);
    ++free_chunks_;
    return hint_ = position;
}

Result<std::byte *> PagePool::allocate() {
    if (used_ >= limit_) return Error::no_space;
    Chunk &chunk = chunks_[TRY(chunk_with_room())];
    if (chunk.free == ~std::uint64_t{0}) --free_chunks_;
    const auto page = static_cast<unsigned>(std::countr_zero(chunk.free));
    chunk.free &= chunk.free - 1;
    ++used_;
    std::byte *const address = chunk.memory.address + page * page_size;
    std::memset(address, 0, page_size);
    return address;
}

void PagePool::free(std::byte *page) {
    const std::size_t position = position_of(page) - 1;
    Chunk &chunk = chunks_[position];
    chunk.free |= std::uint64_t{1} << static_cast<std::size_t>(page - chunk.memory.address) / page_size;
    --used_;
    hint_ = position;
    if (chunk.free != ~std::uint64_t{0} || ++free_chunks_ == 1) return;
    free_chunk(chunk.memory);
    chunks_.erase(position);
    --free_chunks_;
    hint_ = 0;
}

void PagePool::clear() {
    for (const Chunk &chunk : chunks_) free_chunk(chunk.memory);
    chunks_.clear();
    used_ = free_chunks_ = hint_ = 0;
}

}  // namespace axo::tmpfs
