// VM's own address space: nobody but VM itself can give VM memory.
//
//   layout::regions      tables for good (frames, processes)
//   + 1 TiB              windows: places where VM looks at frames of others, 32 pages each
#pragma once

#include "axo/layout.hpp"
#include "servers/vm/frames/memory.hpp"

namespace axo::vm {

class OwnMemory {
public:
    static constexpr unsigned window_pages = 32;
    static constexpr unsigned work_window = 0;  // for whoever does not wait while using it
    static constexpr unsigned first_transfer_window = 1;
    static constexpr unsigned window_count = 16;

    explicit OwnMemory(Memory &memory) : memory_(memory) {}

    /// Learns from the kernel what memory there is, builds the table of frames in it, and lets VM's heaps grow.
    Status start();
    /// Zeroed memory that is never given back. Errors: no_memory.
    Result<sys::Region> allocate(std::size_t bytes);
    /// Shows a frame for good, writable. Errors: no_memory.
    Result<sys::Region> keep(Frame frame);
    /// Shows a frame at a page of a window, writable, until something else is shown there. Errors: no_memory.
    Result<std::byte *> show(unsigned window, unsigned page, Frame frame);
    Result<std::byte *> show(unsigned window, std::span<const Frame> frames);
    static std::byte *window_address(unsigned window) {
        return reinterpret_cast<std::byte *>(windows + std::uint64_t{window} * window_pages * page_size);
    }

private:
    static constexpr std::uint64_t windows = layout::regions + (1ull << 40);
    static constexpr std::uint32_t first_donation = 64;

    Status build_tables(std::span<const MemoryRange> ranges);
    static Result<std::size_t> grow(void *grown_from, Heap::Area area, std::size_t bytes);

    Memory &memory_;
    std::uint64_t next_ = layout::regions;
};

}  // namespace axo::vm
