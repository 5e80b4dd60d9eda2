#include "servers/vm/load/handover.hpp"

#include "lib/sys/kernel.hpp"
#include "servers/vm/space/run_batch.hpp"

namespace axo::vm {

namespace {

std::uint64_t other_arena(std::uint64_t arena) { return arena == layout::arena_a ? layout::arena_b : layout::arena_a; }
bool is_named(const Region &region) { return region.start >= layout::regions && region.end <= layout::regions_end; }

}  // namespace

Result<Region> Handover::old_arena() const {
    const Region *arena = from_.regions.find(from_.arena);
    if (arena == nullptr) return Error::invalid;
    for (std::uint64_t page = arena->first_page(); page < arena->end_page(); ++page)
        if (from_.pages.find(page) == 0) return Error::not_supported;
    return *arena;
}

Status Handover::drop_own_arena() {
    const Region *own = to_.regions.find(to_.arena);
    if (own == nullptr) return Error::invalid;
    return to_.remove(own->start, own->end);
}

Status Handover::copy_arena() {
    const Region arena = TRY(old_arena());
    TRY(drop_own_arena());
    TRY(to_.add(arena));
    to_.arena = from_.arena;
    return clone(arena);
}

Status Handover::arena_beside() {
    Region arena = TRY(old_arena());
    const Region *own = to_.regions.find(to_.arena);
    if (own == nullptr) return Error::invalid;
    Region fresh = *own;
    fresh.start = other_arena(arena.start);
    fresh.end = fresh.start + (own->end - own->start);
    TRY(drop_own_arena());
    TRY(to_.add(fresh));
    to_.arena = fresh.start;
    TRY(to_.populate(fresh.start, fresh.end, map_flag::write));
    arena.protection = protection::read;
    TRY(to_.add(arena));
    return clone(arena);
}

Status Handover::forget_old_arena() {
    const Region *old = to_.regions.find(other_arena(to_.arena));
    return old == nullptr ? Status{} : to_.remove(old->start, old->end);
}

/// Both versions hold the pages from now on; who writes one first, and may, gets a copy.
Status Handover::clone(const Region &region) {
    for (std::uint64_t page = region.first_page(); page < region.end_page(); ++page) TRY(to_.pages.reserve(page));
    TRY(memory_.tables.clone(from_.owner, to_.owner, region.start, region.pages()));
    from_.pages.for_each(region.first_page(), region.end_page(), [&](std::uint64_t page, Frame frame) {
        memory_.frames.add_reference(frame);
        to_.pages.put(page, frame);
    });
    return {};
}

Status Handover::share_regions() {
    for (std::size_t i = 0; i < from_.regions.size(); ++i) {
        const Region region = from_.regions[i];
        if (!is_named(region)) continue;
        if (!to_.regions.is_free(region.start, region.end)) {
            if (to_.regions.covers(region.start, region.end)) continue;  // asked before
            return Error::invalid;
        }
        TRY(region.kind == RegionKind::physical ? share_device(region) : share(region));
    }
    return {};
}

Status Handover::share_device(const Region &region) {
    MemoryRange range{frame_address(static_cast<Frame>(region.object_page)), region.end - region.start};
    if (!sys::privilege_control(to_.owner, PrivilegeRequest::query_memory, &range)) return Error::not_permitted;
    TRY(to_.add(region));
    const std::uint32_t flags = map_flag::write | (region.has(region_attribute::uncached) ? map_flag::uncached : 0u);
    const MapRun run{VirtAddr{region.start}, range.start, static_cast<std::uint32_t>(region.pages()), flags};
    return memory_.tables.map(to_.owner, {&run, 1});
}

/// Not copy-on-write: a device may know these frames, and they may be too many to copy.
Status Handover::share(const Region &region) {
    TRY(to_.add(region));
    for (std::uint64_t page = region.first_page(); page < region.end_page(); ++page) TRY(to_.pages.reserve(page));
    RunBatch batch(memory_.tables, to_.owner);
    Status status{};
    from_.pages.for_each(region.first_page(), region.end_page(), [&](std::uint64_t page, Frame frame) {
        if (!status) return;
        const auto access = access_in_old(region, page, frame);
        status = access ? batch.add(page << page_shift, frame, *access) : Status{access.error()};
        if (!status) return;
        memory_.frames.add_reference(frame);
        to_.pages.put(page, frame);
    });
    TRY(status);
    return batch.flush();
}

/// A frame that the old version shares with others already (by safe_map) may be read-only for it.
Result<std::uint32_t> Handover::access_in_old(const Region &region, std::uint64_t page, Frame frame) const {
    if (memory_.frames.references(frame) == 1) return region.flags(true);
    const std::uint64_t entry = TRY(sys::query_page(from_.owner, VirtAddr{page << page_shift}));
    return region.flags((entry & map_flag::write) != 0);
}

}  // namespace axo::vm
