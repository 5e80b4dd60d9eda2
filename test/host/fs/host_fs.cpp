// What host tests of file systems put in place of the system: client memory and the heap.
#include <cstdio>
#include <cstdlib>

#include "lib/sys/context.hpp"
#include "test/host/fake/host_grants.hpp"
#include "test/host/fake/host_heap.hpp"

namespace axo::fs {

Status ClientMemory::copy_in(GrantId grant, std::size_t offset, void *to, std::size_t bytes) const {
    std::memcpy(to, TRY(host::granted_at(grant, offset, bytes)), bytes);
    return {};
}

Status ClientMemory::copy_out(GrantId grant, std::size_t offset, const void *from, std::size_t bytes) const {
    std::memcpy(TRY(host::granted_at(grant, offset, bytes)), from, bytes);
    return {};
}

Status ClientMemory::gather(GrantId grant, std::size_t offset, std::span<const Segment> to) const {
    for (const Segment &segment : to) {
        TRY(copy_in(grant, offset, segment.address, segment.bytes));
        offset += segment.bytes;
    }
    return {};
}

Status ClientMemory::scatter(GrantId grant, std::size_t offset, std::span<const Segment> from) const {
    for (const Segment &segment : from) {
        TRY(copy_out(grant, offset, segment.address, segment.bytes));
        offset += segment.bytes;
    }
    return {};
}

}  // namespace axo::fs

namespace axo {

void invariant_failed(const char *file, unsigned line) {
    std::fprintf(stderr, "invariant failed at %s:%u\n", file, line);
    std::abort();
}

Heap &host_heap() {
    constexpr std::size_t bytes = 256u << 20;
    static Heap *const heap = [] {
        auto *made = new Heap;
        made->adopt(std::aligned_alloc(4096, bytes), bytes, Heap::Area::fixed);
        return made;
    }();
    return *heap;
}

namespace sys {
static OwnContext own_context;
OwnContext *current_context = &own_context;
}  // namespace sys

Heap &arena_heap() { return host_heap(); }
Result<std::size_t> grow_heap(Heap::Area, std::size_t) { return Error::no_memory; }

}  // namespace axo
