// Memory of system processes: always resident, found by the address it was given (its handle).
#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vm/requests/requests.hpp"
#include "servers/vm/space/run_batch.hpp"

namespace axo::vm {

namespace {

constexpr Frame below_4_gib = 1u << 20;
constexpr std::uint64_t largest_region = 1ull << 40;
/// An area of a service grows from the reserve up to here; what is more is there for those it serves.
constexpr std::uint64_t own_area_bytes = 1 << 20;
constexpr std::uint8_t read_write = protection::read | protection::write;
constexpr std::uint64_t page_up(std::uint64_t bytes) { return (bytes + page_size - 1) & ~(page_size - 1); }

/// A place among the regions, with an unmapped page on either side.
Result<std::uint64_t> free_place(Space &space, std::uint64_t bytes) {
    const std::uint64_t gap =
        TRY(space.regions.find_low_gap(bytes + 2 * page_size, layout::regions, layout::regions_end));
    return gap + page_size;
}

}  // namespace

void RequestHandlers::serve(Endpoint caller, const Grow &request, Reply<Grow> reply) {
    Space *space = context_.processes.space_of(caller);
    if (space == nullptr) return reply.fail(Error::invalid);
    Region *region = space->regions.find(request.what == GrowWhat::arena ? space->arena : layout::scratch);
    const bool known = request.what == GrowWhat::arena || request.what == GrowWhat::scratch;
    if (!known || region == nullptr || request.bytes == 0 || request.bytes % page_size != 0)
        return reply.fail(Error::invalid);
    const std::uint64_t old_end = region->end;
    const std::uint64_t arena_limit = space->arena == layout::arena_a ? layout::arena_b : layout::arena_end;
    const std::uint64_t limit = request.what == GrowWhat::arena ? arena_limit : layout::regions;
    if (request.bytes > limit - old_end) return reply.fail(Error::no_memory);
    const For whose = old_end + request.bytes - region->start <= own_area_bytes ? For::system : For::user;
    const Status grown = space->populate(old_end, old_end + request.bytes, map_flag::write, whose);
    if (!grown) return reply.fail(grown.error());
    region->end = old_end + request.bytes;
    reply.ok({.new_end = region->end});
}

void RequestHandlers::serve(Endpoint caller, const RegionAllocate &request, Reply<RegionAllocate> reply) {
    Space *space = context_.processes.space_of(caller);
    const std::uint64_t flags = region_flag::contiguous | region_flag::dma;
    const bool known = (request.flags & ~flags) == 0 || request.flags == region_flag::content;
    const bool sound = request.bytes != 0 && request.bytes <= largest_region && known;
    if (space == nullptr || !sound) return reply.fail(Error::invalid);
    reply.result(allocate_region(*space, request));
}

Result<RegionAllocate::Reply> RequestHandlers::allocate_region(Space &space, const RegionAllocate &request) {
    Region region{};
    region.start = TRY(free_place(space, page_up(request.bytes)));
    region.end = region.start + page_up(request.bytes);
    region.kind = RegionKind::resident;
    region.protection = read_write;
    const bool dma = (request.flags & region_flag::dma) != 0;
    if (dma) region.attributes = region_attribute::dma;
    const bool content = request.flags == region_flag::content;
    if (content) region.attributes = region_attribute::content;
    TRY(space.add(region));
    Status filled{};
    if (request.flags == 0 || content)
        filled = space.populate(region.start, region.end, map_flag::write, content ? For::content : For::system);
    else
        filled = fill_contiguous(space, region, dma);
    if (!filled) {
        (void)space.remove(region.start, region.end);  // exactly one region: nothing to split
        return filled.error();
    }
    const Frame first = space.pages.find(region.first_page());
    return RegionAllocate::Reply{VirtAddr{region.start}, frame_address(first), region.start};
}

Status RequestHandlers::fill_contiguous(Space &space, const Region &region, bool dma) {
    Memory &memory = context_.memory;
    const auto count = static_cast<std::uint32_t>(region.pages());
    if (region.pages() > memory.frames.total()) return Error::no_memory;
    for (std::uint64_t page = region.first_page(); page < region.end_page(); ++page) TRY(space.pages.reserve(page));
    const Frame first = TRY(memory.take_contiguous(For::system, count, dma ? below_4_gib : ~Frame{0}));
    memory.tables.zero(first, count);
    for (std::uint32_t i = 0; i < count; ++i) space.pages.put(region.first_page() + i, first + i);
    const MapRun run{VirtAddr{region.start}, frame_address(first), count, map_flag::write};
    return memory.tables.map(space.owner, {&run, 1});
}

void RequestHandlers::serve(Endpoint caller, const RegionFree &request, Reply<RegionFree> reply) {
    Space *space = context_.processes.space_of(caller);
    const bool among_regions = request.handle >= layout::regions && request.handle < layout::regions_end;
    const Region *region = space == nullptr || !among_regions ? nullptr : space->regions.find(request.handle);
    if (region == nullptr || region->start != request.handle) return reply.fail(Error::invalid);
    reply.status(space->remove(region->start, region->end));
}

void RequestHandlers::serve(Endpoint caller, const MapPhysical &request, Reply<MapPhysical> reply) {
    Space *space = context_.processes.space_of(caller);
    const std::uint64_t first = request.physical.value, bytes = page_up(request.bytes);
    const bool sound =
        first % page_size == 0 && request.bytes != 0 && request.bytes <= largest_region && first + bytes > first;
    if (space == nullptr || !sound) return reply.fail(Error::invalid);
    MemoryRange range{request.physical, request.bytes};
    if (!sys::privilege_control(caller, PrivilegeRequest::query_memory, &range))
        return reply.fail(Error::not_permitted);
    const Result<std::uint64_t> place = free_place(*space, bytes);
    if (!place) return reply.fail(place.error());
    Region region{};
    region.start = *place;
    region.end = *place + bytes;
    region.kind = RegionKind::physical;
    region.protection = read_write;
    region.object_page = first >> page_shift;
    if (request.uncached != 0) region.attributes = region_attribute::uncached;
    if (const Status added = space->add(region); !added) return reply.fail(added.error());
    const std::uint32_t flags = map_flag::write | (request.uncached != 0 ? map_flag::uncached : 0u);
    const MapRun run{VirtAddr{region.start}, request.physical, static_cast<std::uint32_t>(region.pages()), flags};
    if (const Status mapped = context_.memory.tables.map(space->owner, {&run, 1}); !mapped) {
        (void)space->remove(region.start, region.end);
        return reply.fail(mapped.error());
    }
    reply.ok({.address = VirtAddr{region.start}, .handle = region.start});
}

/// Before the space of a dead driver goes: its DMA memory stays taken until the device was reset (plan rule 3).
void RequestHandlers::quarantine(const ProcessRecord &record) {
    if (record.space == nullptr || record.space->users != 1) return;
    const Space &space = *record.space;
    for (std::size_t i = 0; i < space.regions.size(); ++i) {
        const Region &region = space.regions[i];
        if (!region.has(region_attribute::dma)) continue;
        const Frame first = space.pages.find(region.first_page());
        if (context_.memory.frames.references(first) > 1) continue;  // the other version of a live update has it
        const auto count = static_cast<std::uint32_t>(region.pages());
        for (std::uint32_t n = 0; n < count; ++n) context_.memory.frames.add_reference(first + n);
        (void)quarantined_.push_back({record.endpoint, first, count});  // no room: the frames stay taken for good
    }
}

void RequestHandlers::serve(Endpoint, const ReleaseDma &request, Reply<ReleaseDma> reply) {
    for (std::size_t i = quarantined_.size(); i-- > 0;) {
        const Quarantined range = quarantined_[i];
        if (range.process != request.process) continue;
        for (std::uint32_t n = 0; n < range.count; ++n) context_.memory.frames.release(range.first + n);
        quarantined_.swap_remove(i);
    }
    reply.ok();
}

}  // namespace axo::vm
