// A chunk keeps its place in the table while it is there, since frames are numbered by it.
#include "lib/fs/frame_pool.hpp"

#include "axo/vm_protocol.hpp"

namespace axo::fs {

Result<std::size_t> FramePool::place_for_chunk() {
    for (std::size_t i = 0; i < chunks_.size(); ++i)
        if (!chunks_[i].memory.exists()) return i;
    if (!chunks_.push_back(Chunk{{}, 0})) return Error::no_space;
    return chunks_.size() - 1;
}

Result<std::size_t> FramePool::chunk_with_room() {
    if (hint_ < chunks_.size() && chunks_[hint_].free != 0) return hint_;
    for (std::size_t i = 0; i < chunks_.size(); ++i)
        if (chunks_[i].free != 0) return hint_ = i;
    const std::size_t place = TRY(place_for_chunk());
    const auto memory = sys::Region::allocate(chunk_pages * page_size, vm::region_flag::content);
    if (!memory) return Error::no_space;
    chunks_[place] = {*memory, all_free};
    ++free_chunks_;
    return hint_ = place;
}

Result<Frame> FramePool::allocate() {
    if (used_ >= limit_) return Error::no_space;
    const std::size_t place = TRY(chunk_with_room());
    Chunk &chunk = chunks_[place];
    if (chunk.free == all_free) --free_chunks_;
    const auto page = static_cast<unsigned>(std::countr_zero(chunk.free));
    chunk.free &= chunk.free - 1;
    ++used_;
    return static_cast<Frame>(place * chunk_pages + page);
}

void FramePool::free(Frame frame) {
    const auto number = static_cast<std::uint32_t>(frame);
    hint_ = number / chunk_pages;
    Chunk &chunk = chunks_[hint_];
    chunk.free |= std::uint64_t{1} << number % chunk_pages;
    --used_;
    if (chunk.free != all_free || ++free_chunks_ == 1) return;
    chunk.memory.free();
    chunk.free = 0;
    --free_chunks_;
    hint_ = 0;
}

void FramePool::clear() {
    for (Chunk &chunk : chunks_) chunk.memory.free();
    chunks_.clear();
    used_ = free_chunks_ = hint_ = 0;
}

}  // namespace axo::fs
