// mremap: another size for a mapping, in place or elsewhere.
#include "axo/layout.hpp"
#include "servers/vm/calls/user_calls.hpp"

namespace axo::vm {

namespace {
constexpr std::uint64_t may_move = 1, fixed = 2;
constexpr std::uint64_t lowest_placed = 0x1'0000'0000;
constexpr std::uint64_t page_up(std::uint64_t address) { return (address + page_size - 1) & ~(page_size - 1); }
}  // namespace

Result<std::uint64_t> UserCalls::mremap(Space &space, const sef::UserCall &call) {
    const std::uint64_t flags = call.argument(3), target = call.argument(4);
    if ((flags & ~(may_move | fixed)) != 0 || flags == fixed) return Error::invalid;
    if (call.argument(2) == 0 || call.argument(2) > layout::user_end || call.argument(1) == 0) return Error::invalid;
    const Range old = TRY(range(call.argument(0), call.argument(1), Error::invalid));
    const std::uint64_t bytes = page_up(call.argument(2));
    const Region *region = space.regions.find(old.start);
    if (region == nullptr || old.end > region->end) return Error::fault;
    if ((flags & fixed) != 0) {
        const Range there = TRY(range(target, bytes, Error::invalid));
        if (there.start < layout::user_first || (there.start < old.end && old.start < there.end)) return Error::invalid;
        TRY(space.remove(there.start, there.end));
        return move_mapping(space, old, bytes, there.start);
    }
    const std::uint64_t new_end = old.start + bytes;
    if (new_end <= old.end) {
        TRY(space.remove(new_end, old.end));
        return old.start;
    }
    if (old.end == region->end && new_end <= layout::mmap_top && space.regions.is_free(old.end, new_end)) {
        TRY(space.extend(*space.regions.find(old.start), new_end));
        space.regions.join(old.start, new_end);
        return old.start;
    }
    if ((flags & may_move) == 0) return Error::no_memory;
    return move_mapping(space, old, bytes, space.regions.find_gap(bytes, lowest_placed, layout::mmap_top));
}

/// Moves what fits and lets the rest of the new place follow. `to` is free for `bytes`.
Result<std::uint64_t> UserCalls::move_mapping(Space &space, Range old, std::uint64_t bytes, Result<std::uint64_t> to) {
    if (!to) return to.error();
    if (bytes < old.end - old.start) {
        TRY(space.remove(old.start + bytes, old.end));
        old.end = old.start + bytes;
    }
    TRY(space.regions.split(old.start, old.end));
    const Region moved = *space.regions.find(old.start);
    Region rest = moved;
    rest.start = *to + (old.end - old.start);
    rest.end = *to + bytes;
    rest.object_page = moved.object_page_at(old.end >> page_shift);
    if (rest.start != rest.end) {
        if (rest.object != nullptr) ++rest.object->regions;
        TRY(space.add(rest));
    }
    if (Status status = space.move(old.start, old.end, *to); !status) {
        if (rest.start != rest.end) (void)space.remove(rest.start, rest.end);
        return status.error();
    }
    return *to;
}

}  // namespace axo::vm
