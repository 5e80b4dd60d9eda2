// One function per way a page comes into being. Entries of the page map are reserved before a frame is taken, so that
// nothing has to be undone but the frame.
#include "servers/vm/fault/faults.hpp"

#include "axo/layout.hpp"
#include "servers/vm/space/run_batch.hpp"

namespace axo::vm {

namespace {
constexpr std::uint64_t pages_around = 16;
constexpr std::uint64_t stack_guard = 64 * page_size;  // a stack stays this far above the region below it
}  // namespace

Status Faults::resolve(Space &space, std::uint64_t address, Access access, Endpoint answer, AbsentPage &missing) {
    Region *region = space.regions.find(address);
    if (region == nullptr) region = grow_stack(space, address);
    if (region == nullptr || region->protection == protection::none) return Error::fault;
    if (access.write && !region->writable()) return Error::fault;
    if (access.execute && (region->protection & protection::execute) == 0) return Error::fault;
    const Place place{space, *region, address >> page_shift, access.write, answer};
    if (const Frame frame = space.pages.find(place.page); frame != 0) return held_page(place, frame);
    switch (region->kind) {
        case RegionKind::anonymous:
        case RegionKind::heap:
        case RegionKind::stack: return fresh_page(place);
        case RegionKind::shared: return shared_page(place);
        case RegionKind::file: return file_page(place, missing);
        case RegionKind::physical:
        case RegionKind::resident: break;
    }
    return Error::fault;
}

Status Faults::resolve_range(Space &space, std::uint64_t address, std::uint64_t bytes, Access access,
                             AbsentPage &missing) {
    if (bytes == 0) return {};
    if (address >= layout::user_end || bytes > layout::user_end - address) return Error::fault;
    const std::uint64_t end = address + bytes;
    for (std::uint64_t at = address & ~(page_size - 1); at < end; at += page_size)
        TRY(resolve(space, at, access, endpoint::none, missing));
    return {};
}

Region *Faults::grow_stack(Space &space, std::uint64_t address) {
    const std::size_t i = space.regions.first_above(address);
    if (i == space.regions.size() || address < layout::user_first) return nullptr;
    Region &region = space.regions[i];
    if (region.kind != RegionKind::stack && !region.has(region_attribute::grows_down)) return nullptr;
    const std::uint64_t start = address & ~(page_size - 1);
    if (region.end - start > layout::user_stack_max) return nullptr;
    if (i > 0 && (start < stack_guard || space.regions[i - 1].end > start - stack_guard)) return nullptr;
    if (!space.extend_down(region, start)) return nullptr;
    return &region;
}

Status Faults::map(const Place &place, Frame frame, FrameSource source, Frame from) {
    Resolve request{};
    request.space = place.space.owner;
    request.flags = place.region.flags(place.space.may_write(place.region, frame));
    request.address = VirtAddr{place.page << page_shift};
    request.frame = frame_address(frame);
    request.source = source;
    request.copy_from = frame_address(from);
    request.answer = place.answer;
    return memory_.tables.resolve(request);
}

/// The space has the page already: the kernel's table lacks it, or this is the first write since it was shared.
Status Faults::held_page(const Place &place, Frame frame) {
    if (place.write && !place.space.may_write(place.region, frame)) return copy_page(place, frame);
    return map(place, frame, FrameSource::as_is, 0);
}

/// Puts a page in that has just got its reference, as the kernel's table shows it already.
Status Faults::take_page(const Place &place, Frame frame) {
    if (Status mapped = map(place, frame, FrameSource::as_is, 0); !mapped) {
        memory_.frames.release(frame);
        return mapped;
    }
    place.space.pages.put(place.page, frame);
    return {};
}

Status Faults::fresh_page(const Place &place) {
    TRY(place.space.pages.reserve(place.page));
    const Frame frame = TRY(memory_.take_frame(place.space.who()));
    if (Status mapped = map(place, frame, FrameSource::zero, 0); !mapped) {
        memory_.frames.release(frame);
        return mapped;
    }
    place.space.pages.put(place.page, frame);
    return {};
}

Status Faults::copy_page(const Place &place, Frame from) {
    TRY(place.space.pages.reserve(place.page));
    // The source must not be given up while room is made for the copy.
    memory_.frames.add_reference(from);
    const Result<Frame> frame = memory_.take_frame(place.space.who());
    memory_.frames.release(from);
    if (!frame) return frame.error();
    if (Status mapped = map(place, *frame, FrameSource::copy, from); !mapped) {
        memory_.frames.release(*frame);
        return mapped;
    }
    if (const Frame old = place.space.pages.find(place.page); old != 0) memory_.frames.release(old);
    place.space.pages.put(place.page, *frame);
    return {};
}

Status Faults::shared_page(const Place &place) {
    PageMap &object = place.region.object->pages;
    const std::uint64_t index = place.region.object_page_at(place.page);
    TRY(place.space.pages.reserve(place.page));
    Frame frame = object.find(index);
    if (frame == 0) {
        TRY(object.reserve(index));
        frame = TRY(memory_.take_frame(place.space.who()));
        memory_.tables.zero(frame, 1);
        object.put(index, frame);
    }
    memory_.frames.add_reference(frame);
    return take_page(place, frame);
}

Status Faults::file_page(const Place &place, AbsentPage &missing) {
    auto &file = static_cast<CachedFile &>(*place.region.object);
    const std::uint64_t index = place.region.object_page_at(place.page);
    if (file.beyond_end(index)) return Error::io;
    const Frame frame = file.pages.find(index);
    if (frame == 0) {
        missing = {&file, index, place.region.object_page_at(place.region.end_page())};
        return Error::absent;
    }
    memory_.files.touch(file);
    if (place.write) return copy_page(place, frame);
    TRY(place.space.pages.reserve(place.page));
    map_around(place, file);
    memory_.frames.add_reference(frame);
    return take_page(place, frame);
}

/// Maps cached neighbours, read-only, so that running through a file faults once in a while only. Best effort.
void Faults::map_around(const Place &place, const CachedFile &file) {
    const Region &region = place.region;
    const std::uint64_t window = place.page & ~(pages_around - 1);
    const std::uint64_t first = window > region.first_page() ? window : region.first_page();
    const std::uint64_t last = window + pages_around < region.end_page() ? window + pages_around : region.end_page();
    RunBatch batch(memory_.tables, place.space.owner);
    const std::uint64_t shift = region.object_page_at(first);
    file.pages.for_each(shift, shift + (last - first), [&](std::uint64_t index, Frame frame) {
        const std::uint64_t page = first + (index - shift);
        if (page == place.page || place.space.pages.find(page) != 0) return;
        if (!place.space.pages.reserve(page)) return;
        if (!batch.add(page << page_shift, frame, region.flags(false))) return;
        memory_.frames.add_reference(frame);
        place.space.pages.put(page, frame);
    });
    (void)batch.flush();  // what is not mapped now is put right by its own fault
}

}  // namespace axo::vm
