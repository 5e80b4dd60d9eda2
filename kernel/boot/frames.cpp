// The boot allocator: RAM ranges minus what is taken, handed out from the lowest address up.
#include "kernel/boot/frames.hpp"

#include <cstring>

namespace axo::kernel::boot {
namespace {

constexpr std::uint64_t firmware_end = 0x1'0000;  // interrupt vectors, BIOS data, the loader's leftovers

constexpr std::uint64_t round_up(std::uint64_t value) { return (value + page_size - 1) & ~(page_size - 1); }
constexpr std::uint64_t round_down(std::uint64_t value) { return value & ~(page_size - 1); }

}  // namespace

BootFrames::BootFrames(const BootInfo &info) {
    for (unsigned i = 0; i < info.ram_count; ++i) {
        const BootInfo::Range &range = info.ram[i];
        if (range.start.value + range.bytes < range.start.value) continue;
        add(round_up(range.start.value), round_down(range.start.value + range.bytes));
    }
    cut(0, firmware_end);
    cut(round_down(info.kernel_start.value), round_up(info.kernel_end.value));
    if (info.archive.bytes != 0)
        cut(round_down(info.archive.start.value), round_up(info.archive.start.value + info.archive.bytes));
    for (unsigned i = 0; i < count_; ++i) available_ += ranges_[i].bytes / page_size;
}

/// Keeps the ranges in ascending order and apart; firmware maps may be neither.
void BootFrames::add(std::uint64_t start, std::uint64_t end) {
    cut(start, end);
    if (end <= start || count_ == max_ranges) return;
    unsigned at = count_++;
    for (; at > 0 && ranges_[at - 1].start.value > start; --at) ranges_[at] = ranges_[at - 1];
    ranges_[at] = {PhysAddr{start}, end - start};
}

void BootFrames::cut(std::uint64_t start, std::uint64_t end) {
    if (end <= start) return;
    for (unsigned i = 0; i < count_;) {
        const std::uint64_t low = ranges_[i].start.value, high = low + ranges_[i].bytes;
        if (end <= low || high <= start) {
            ++i;
            continue;
        }
        const bool keeps_low = low < start, keeps_high = end < high;
        if (keeps_low && keeps_high && count_ < max_ranges) {
            for (unsigned k = count_++; k > i; --k) ranges_[k] = ranges_[k - 1];
            ranges_[i] = {PhysAddr{low}, start - low};
            ranges_[i + 1] = {PhysAddr{end}, high - end};
            return;
        }
        if (keeps_low) {
            ranges_[i++] = {PhysAddr{low}, start - low};
        } else if (keeps_high) {
            ranges_[i++] = {PhysAddr{end}, high - end};
        } else {
            for (unsigned k = i + 1; k < count_; ++k) ranges_[k - 1] = ranges_[k];
            --count_;
        }
    }
}

PhysAddr BootFrames::take() {
    for (unsigned i = 0; i < count_; ++i) {
        MemoryRange &range = ranges_[i];
        if (range.bytes == 0) continue;
        const PhysAddr frame = range.start;
        range = {frame.offset(page_size), range.bytes - page_size};
        --available_;
        return frame;
    }
    panic("boot: no frame left");
}

Result<PhysAddr> BootFrames::take_zeroed(std::uint64_t pages) {
    const std::uint64_t bytes = pages * page_size;
    for (unsigned i = 0; i < count_; ++i) {
        MemoryRange &range = ranges_[i];
        if (range.bytes < bytes) continue;
        const PhysAddr frame = range.start;
        range = {frame.offset(bytes), range.bytes - bytes};
        available_ -= pages;
        std::memset(arch::ram(frame), 0, bytes);
        return frame;
    }
    return Error::no_memory;
}

void BootFrames::give(PhysAddr frame) {
    for (unsigned i = 0; i < count_; ++i) {
        MemoryRange &range = ranges_[i];
        if (range.start != frame.offset(page_size)) continue;
        range = {frame, range.bytes + page_size};
        ++available_;
        return;
    }
}

std::size_t BootFrames::remaining(std::span<MemoryRange> out) const {
    std::size_t written = 0;
    for (unsigned i = 0; i < count_ && written < out.size(); ++i)
        if (ranges_[i].bytes != 0) out[written++] = ranges_[i];
    return written;
}

}  // namespace axo::kernel::boot
