// How VM bootstraps itself: the first frames are carved from the kernel's list before there is an allocator.
#include "servers/vm/frames/own_memory.hpp"

#include "lib/sys/arena.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vm/space/run_batch.hpp"

namespace axo::vm {

namespace {

constexpr std::uint64_t pages_of(std::uint64_t bytes) { return (bytes + page_size - 1) / page_size; }
constexpr std::uint32_t system_reserve_divisor = 32;  // of all frames, for system processes only
constexpr std::uint32_t root_divisor = 16;            // for programs of root
constexpr std::uint32_t programs_divisor = 8;         // not for what services keep of users' data
constexpr std::uint64_t growth_pages = 16;

struct FrameRange {
    Frame first, end;
};

FrameRange whole_frames(const MemoryRange &range) {
    const std::uint64_t first = pages_of(range.start.value), end = (range.start.value + range.bytes) >> page_shift;
    return {static_cast<Frame>(first == 0 ? 1 : first), static_cast<Frame>(end)};
}

}  // namespace

Status OwnMemory::start() {
    MemoryRange ranges[64];
    const std::uint64_t count = TRY(sys::memory_map(ranges));
    TRY(build_tables({ranges, count}));
    const std::uint32_t all = memory_.frames.total();
    memory_.frames.set_shares({all / system_reserve_divisor, all / root_divisor, all / programs_divisor});
    sys::set_grow_area({grow, &memory_});
    return {};
}

Status OwnMemory::build_tables(std::span<const MemoryRange> ranges) {
    Frame end = 0;
    for (const MemoryRange &range : ranges)
        if (whole_frames(range).end > end) end = whole_frames(range).end;
    const std::size_t bytes = FrameAllocator::table_bytes(end);
    const auto needed = static_cast<std::uint32_t>(pages_of(bytes));
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const FrameRange home = whole_frames(ranges[i]);
        if (home.end <= home.first || home.end - home.first < needed + first_donation) continue;
        TRY(sys::donate_frames(frame_address(home.first), first_donation));
        const Frame table = home.first + first_donation;
        TRY(sys::zero_frames(frame_address(table), needed));
        const MapRun run{VirtAddr{next_}, frame_address(table), needed, map_flag::write};
        TRY(sys::map(endpoint::vm, {&run, 1}));
        memory_.frames.attach(sys::Region(next_, bytes), end);
        next_ += std::uint64_t{needed} * page_size;
        memory_.tables.set_donated(first_donation);
        for (std::size_t j = 0; j < ranges.size(); ++j) {
            FrameRange free = whole_frames(ranges[j]);
            if (j == i) free.first = table + needed;
            if (free.end > free.first) memory_.frames.add_range(free.first, free.end - free.first);
        }
        return {};
    }
    return Error::no_memory;
}

Result<sys::Region> OwnMemory::allocate(std::size_t bytes) {
    const std::uint64_t start = next_;
    RunBatch batch(memory_.tables, endpoint::vm);
    for (std::uint64_t i = 0; i < pages_of(bytes); ++i) {
        const Frame frame = TRY(memory_.frames.allocate(For::system));
        memory_.tables.zero(frame, 1);
        TRY(batch.add(next_, frame, map_flag::write));
        next_ += page_size;
    }
    TRY(batch.flush());
    return sys::Region(start, bytes);
}

Result<sys::Region> OwnMemory::keep(Frame frame) {
    const MapRun run{VirtAddr{next_}, frame_address(frame), 1, map_flag::write};
    TRY(memory_.tables.map(endpoint::vm, {&run, 1}));
    next_ += page_size;
    return sys::Region(run.address.value, page_size);
}

Result<std::byte *> OwnMemory::show(unsigned window, unsigned page, Frame frame) {
    std::byte *at = window_address(window) + std::size_t{page} * page_size;
    const MapRun run{VirtAddr{reinterpret_cast<std::uint64_t>(at)}, frame_address(frame), 1, map_flag::write};
    TRY(memory_.tables.map(endpoint::vm, {&run, 1}));
    return at;
}

Result<std::byte *> OwnMemory::show(unsigned window, std::span<const Frame> frames) {
    std::byte *start = window_address(window);
    RunBatch batch(memory_.tables, endpoint::vm);
    auto address = reinterpret_cast<std::uint64_t>(start);
    for (const Frame frame : frames) {
        TRY(batch.add(address, frame, map_flag::write));
        address += page_size;
    }
    TRY(batch.flush());
    return start;
}

/// No cached page is given up here: the heap may be growing in the middle of a change of the file cache.
Result<std::size_t> OwnMemory::grow(void *grown_from, Heap::Area area, std::size_t bytes) {
    Memory &memory = *static_cast<Memory *>(grown_from);
    const std::uint64_t needed = pages_of(bytes), pages = needed > growth_pages ? needed : growth_pages;
    const std::uint64_t end = sys::area_end(area).value;
    if (memory.frames.free() < pages) return Error::no_memory;
    RunBatch batch(memory.tables, endpoint::vm);
    for (std::uint64_t i = 0; i < pages; ++i) {
        const Frame frame = TRY(memory.frames.allocate(For::system));
        TRY(batch.add(end + i * page_size, frame, map_flag::write));
    }
    TRY(batch.flush());
    return pages * page_size;
}

}  // namespace axo::vm
