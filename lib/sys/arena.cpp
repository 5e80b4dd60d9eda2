// State arena and scratch heap: where they lie and how they grow.
#include "lib/sys/arena.hpp"

#include "axo/layout.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sys/ipc.hpp"

namespace axo {

namespace {

constexpr std::size_t step = 64 * 1024;  // grow at least this much, where VM has it

std::uint64_t arena_base = layout::arena_a;
Heap scratch;
std::size_t scratch_bytes = 0;
sys::GrowArea custom_grow = nullptr;

constexpr std::size_t pages(std::size_t bytes) { return (bytes + page_size - 1) & ~(page_size - 1); }

Result<std::size_t> grow_by_vm(Heap::Area area, std::size_t bytes) {
    using vm::GrowWhat;
    const vm::Grow request{
        .what = area == Heap::Area::arena ? GrowWhat::arena : GrowWhat::scratch, .reserved = 0, .bytes = bytes};
    TRY(sys::call(endpoint::vm, request));
    return bytes;
}

Result<std::size_t> grow_area(Heap::Area area, std::size_t bytes) {
    const auto grow = custom_grow == nullptr ? grow_by_vm : custom_grow;
    auto grown = grow(area, bytes < step ? step : pages(bytes));
    if (!grown && bytes < step) grown = grow(area, pages(bytes));
    return grown;
}

Result<std::size_t> grow_arena(std::size_t bytes) {
    const std::size_t added = TRY(grow_area(Heap::Area::arena, bytes));
    sys::arena().bytes += added;
    return added;
}

Result<std::size_t> grow_scratch(std::size_t bytes) {
    const std::size_t added = TRY(grow_area(Heap::Area::scratch, bytes));
    scratch_bytes += added;
    return added;
}

}  // namespace

Heap &arena_heap() { return sys::arena().heap; }
Heap &scratch_heap() { return scratch; }

namespace sys {

ArenaHeader &arena() { return *reinterpret_cast<ArenaHeader *>(arena_base); }
GrantTable &grants() { return arena().grants; }

void use_arena(void *base) { arena_base = reinterpret_cast<std::uint64_t>(base); }

void start_arena(std::size_t arena_bytes, std::size_t scratch_given) {
    format_arena(reinterpret_cast<void *>(layout::arena_a), arena_bytes, Heap::Area::arena);
    scratch_bytes = scratch_given;
    scratch.adopt(reinterpret_cast<void *>(layout::scratch), scratch_given, Heap::Area::scratch);
    Heap::set_grow(Heap::Area::arena, grow_arena);
    Heap::set_grow(Heap::Area::scratch, grow_scratch);
}

void set_grow_area(GrowArea grow) { custom_grow = grow; }

VirtAddr area_end(Heap::Area area) {
    if (area == Heap::Area::arena) return VirtAddr{arena_base + arena().bytes};
    return VirtAddr{layout::scratch + scratch_bytes};
}

}  // namespace sys

}  // namespace axo
