// Getting frames when there seem to be none, and keeping promises within what exists.
#include "servers/vm/frames/memory.hpp"

#include "lib/base/owned.hpp"

namespace axo::vm {

bool Memory::make_room(std::uint32_t wanted) {
    const std::uint32_t batch = wanted > reclaim_batch ? wanted : reclaim_batch;
    if (files.reclaim(batch) != 0) return true;
    return tables.reclaim(batch) != 0;
}

Result<Frame> Memory::take_frame(For who) {
    for (;;) {
        Result<Frame> frame = frames.allocate(who);
        if (frame || !make_room(1)) return frame;
    }
}

Result<FrameAllocator::Run> Memory::take_run(For who, std::uint32_t wanted) {
    for (;;) {
        Result<FrameAllocator::Run> run = frames.allocate_run(who, wanted);
        if (run || !make_room(wanted)) return run;
    }
}

Result<Frame> Memory::take_contiguous(For who, std::uint32_t count, Frame limit) {
    for (;;) {
        Result<Frame> first = frames.allocate_contiguous(who, count, limit);
        if (first || !make_room(count)) return first;
    }
}

/// What is promised is never the system's.
std::uint64_t Memory::commit_limit(For who) const {
    const std::uint64_t kept = std::uint64_t{frames.kept_from(who < For::root ? who : For::root)} + tables.donated();
    return frames.total() > kept ? frames.total() - kept : 0;
}

Status Memory::commit(std::uint64_t pages, For who) {
    if (pages == 0) return {};
    const std::uint64_t limit = commit_limit(who);
    if (committed_ > limit || pages > limit - committed_) return Error::no_memory;
    committed_ += pages;
    return {};
}

Result<SharedMemory *> Memory::create_shared() { return create<SharedMemory>(heap, heap); }

void Memory::release_object(MemoryObject &object, RegionKind kind) {
    if (--object.regions != 0) return;
    if (kind == RegionKind::file) {
        files.region_gone(static_cast<CachedFile &>(object));
        return;
    }
    object.pages.for_each(0, ~0ull, [&](std::uint64_t, Frame frame) { frames.release(frame); });
    destroy(heap, static_cast<SharedMemory *>(&object));
}

}  // namespace axo::vm
