// Free frames are found by scanning words of bits from the lowest one that may hold any.
#include "servers/vm/frames/frame_allocator.hpp"

#include <bit>

namespace axo::vm {

void FrameAllocator::attach(const sys::Region &table, std::uint32_t frame_count) {
    table_ = table;
    counts_at_ = words(frame_count) * sizeof(std::uint64_t);
    frame_count_ = frame_count;
    hint_ = words(frame_count);
}

void FrameAllocator::add_range(Frame first, std::uint32_t count) {
    for (Frame frame = first; frame < first + count; ++frame) free_bits()[frame / 64] |= 1ull << (frame % 64);
    total_ += count;
    free_ += count;
    if (first / 64 < hint_) hint_ = first / 64;
}

void FrameAllocator::take(Frame frame) {
    free_bits()[frame / 64] &= ~(1ull << (frame % 64));
    count(frame) = 1;
    --free_;
}

Result<Frame> FrameAllocator::allocate(For who) {
    if (!may_take(who, 1)) return Error::no_memory;
    while (free_bits()[hint_] == 0) ++hint_;
    const Frame frame = hint_ * 64 + static_cast<Frame>(std::countr_zero(free_bits()[hint_]));
    take(frame);
    return frame;
}

Result<FrameAllocator::Run> FrameAllocator::allocate_run(For who, std::uint32_t wanted) {
    const Frame first = TRY(allocate(who));
    std::uint32_t count = 1;
    while (count < wanted && first + count < frame_count_ && is_free(first + count) && may_take(who, 1)) {
        take(first + count);
        ++count;
    }
    return Run{first, count};
}

Result<Frame> FrameAllocator::allocate_contiguous(For who, std::uint32_t count, Frame limit) {
    if (count == 0 || !may_take(who, count)) return Error::no_memory;
    std::uint32_t found = 0;
    for (Frame frame = limit < frame_count_ ? limit : frame_count_; frame-- > 0;) {
        found = is_free(frame) ? found + 1 : 0;
        if (found < count) continue;
        for (std::uint32_t i = 0; i < count; ++i) take(frame + i);
        return frame;
    }
    return Error::no_memory;
}

void FrameAllocator::release(Frame frame) {
    if (--count(frame) != 0) return;
    const std::uint32_t word = frame / 64;
    free_bits()[word] |= 1ull << (frame % 64);
    ++free_;
    if (word < hint_) hint_ = word;
}

void FrameAllocator::take_over(Frame frame) {
    if (frame >= frame_count_) return;
    if (count(frame) == 0) {
        count(frame) = 1;
        ++total_;
    }
    release(frame);
}

bool FrameAllocator::pin(Frame frame) {
    if (frame >= frame_count_ || is_free(frame)) return false;
    if (count(frame) == 0) count(frame) = 1;
    return true;
}

}  // namespace axo::vm
