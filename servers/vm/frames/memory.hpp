// Everything spaces draw on: frames, the kernel's page tables, cached files, the heap of records, and the account of
// how much memory has been promised.
#pragma once

#include "servers/vm/file/file_cache.hpp"
#include "servers/vm/space/page_tables.hpp"

namespace axo::vm {

using For = FrameAllocator::For;

/// Anonymous memory that several spaces share. Its frames come at first touch.
struct SharedMemory : MemoryObject {
    using MemoryObject::MemoryObject;
};

class Memory {
public:
    explicit Memory(Heap &record_heap) : heap(record_heap), tables(frames), files(record_heap, frames) {}
    Memory(const Memory &) = delete;
    Memory &operator=(const Memory &) = delete;

    /// As FrameAllocator::allocate, after giving up cached pages where that helps.
    Result<Frame> take_frame(For who);
    Result<FrameAllocator::Run> take_run(For who, std::uint32_t wanted);
    Result<Frame> take_contiguous(For who, std::uint32_t count, Frame limit);

    /// Promises `pages` of backed memory. Errors: no_memory (more than there is for `who`).
    Status commit(std::uint64_t pages, For who);
    void uncommit(std::uint64_t pages) { committed_ -= pages; }
    std::uint64_t committed() const { return committed_; }

    Result<SharedMemory *> create_shared();
    /// A region of the object went away; the last one ends a shared object.
    void release_object(MemoryObject &object, RegionKind kind);

    Heap &heap;
    FrameAllocator frames;
    PageTables tables;
    FileCache files;

private:
    static constexpr std::uint32_t reclaim_batch = 32;
    std::uint64_t commit_limit(For who) const;
    /// Gives up cached pages and unused table frames. False: there was nothing to give up.
    bool make_room(std::uint32_t wanted);

    std::uint64_t committed_ = 0;
};

}  // namespace axo::vm
