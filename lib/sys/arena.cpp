// State arena and scratch heap: where they lie and how they grow.
#include "lib/sys/arena.hpp"

#include "axo/layout.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sys/context.hpp"
#include "lib/sys/ipc.hpp"

namespace axo {

namespace {

constexpr std::size_t step = 64 * 1024;  // grow at least this much, where VM has it

constexpr std::size_t pages(std::size_t bytes) { return (bytes + page_size - 1) & ~(page_size - 1); }

Result<std::size_t> grow_by_vm(void *, Heap::Area area, std::size_t bytes) {
    using vm::GrowWhat;
    const vm::Grow request{
        .what = area == Heap::Area::arena ? GrowWhat::arena : GrowWhat::scratch, .reserved = 0, .bytes = bytes};
    TRY(sys::call(endpoint::vm, request));
    return bytes;
}

}  // namespace

Heap &arena_heap() { return sys::arena().heap; }
Heap &scratch_heap() { return sys::context().areas.scratch; }

Result<std::size_t> grow_heap(Heap::Area area, std::size_t bytes) {
    sys::Areas &areas = sys::context().areas;
    const sys::GrowArea grow = areas.grow.function == nullptr ? sys::GrowArea{grow_by_vm, nullptr} : areas.grow;
    auto grown = grow.function(grow.object, area, bytes < step ? step : pages(bytes));
    if (!grown && bytes < step) grown = grow.function(grow.object, area, pages(bytes));
    if (grown) (area == Heap::Area::arena ? sys::arena().bytes : areas.scratch_bytes) += *grown;
    return grown;
}

namespace sys {

GrantTable &grants() { return arena().grants; }

void use_arena(void *base) { context().areas.arena = reinterpret_cast<std::uint64_t>(base); }

void start_arena(std::size_t arena_bytes, std::size_t scratch_bytes) {
    Areas &areas = context().areas;
    format_arena(reinterpret_cast<void *>(areas.arena), arena_bytes, Heap::Area::arena);
    areas.scratch_bytes = scratch_bytes;
    areas.scratch.adopt(reinterpret_cast<void *>(areas.scratch_start), scratch_bytes, Heap::Area::scratch);
}

void set_grow_area(GrowArea grow) { context().areas.grow = grow; }

VirtAddr area_end(Heap::Area area) {
    const Areas &areas = context().areas;
    if (area == Heap::Area::arena) return VirtAddr{areas.arena + arena().bytes};
    return VirtAddr{areas.scratch_start + areas.scratch_bytes};
}

}  // namespace sys

}  // namespace axo
