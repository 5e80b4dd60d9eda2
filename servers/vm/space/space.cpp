// Changes of an address space. Each checks and reserves first; what follows the first change cannot fail.
#include "servers/vm/space/space.hpp"

#include "servers/vm/space/run_batch.hpp"

namespace axo::vm {

namespace {
constexpr std::uint64_t page_of(std::uint64_t address) { return address >> page_shift; }
}  // namespace

Space::~Space() { clear(); }

void Space::clear() {
    pages.for_each(0, ~0ull, [&](std::uint64_t, Frame frame) { memory_.frames.release(frame); });
    pages.clear();
    for (std::size_t i = 0; i < regions.size(); ++i) {
        memory_.uncommit(regions[i].committed_pages());
        if (regions[i].object != nullptr) memory_.release_object(*regions[i].object, regions[i].kind);
    }
    regions.clear();
}

Status Space::add(const Region &region) {
    const std::uint64_t committed = region.committed_pages();
    Status status = memory_.commit(committed, region.has(region_attribute::content) ? For::content : who_);
    if (status) {
        status = regions.insert(region);
        if (!status) memory_.uncommit(committed);
    }
    if (!status && region.object != nullptr) memory_.release_object(*region.object, region.kind);
    return status;
}

void Space::release_frames(std::uint64_t start, std::uint64_t end) {
    pages.remove_range(page_of(start), page_of(end),
                       [&](std::uint64_t, Frame frame) { memory_.frames.release(frame); });
}

void Space::unmap(std::uint64_t start, std::uint64_t end) {
    if (has_process()) memory_.tables.unmap(owner, start, page_of(end) - page_of(start));
}

void Space::drop_pages(std::uint64_t start, std::uint64_t end) {
    const std::uint64_t before = pages.count();
    release_frames(start, end);
    if (pages.count() != before) unmap(start, end);
}

Status Space::remove(std::uint64_t start, std::uint64_t end) {
    if (regions.is_free(start, end)) return {};
    TRY(regions.split(start, end));
    bool device = false;
    for (std::size_t i = regions.first_above(start); i < regions.size() && regions[i].start < end; ++i) {
        const Region &region = regions[i];
        memory_.uncommit(region.committed_pages());
        if (region.kind == RegionKind::physical) device = true;
        if (region.object != nullptr) memory_.release_object(*region.object, region.kind);
    }
    regions.remove(start, end);
    if (device) unmap(start, end);
    drop_pages(start, end);
    return {};
}

std::uint64_t Space::committed_pages(std::uint64_t start, std::uint64_t end) const {
    std::uint64_t sum = 0;
    for (std::size_t i = regions.first_above(start); i < regions.size() && regions[i].start < end; ++i)
        sum += regions[i].committed_pages();
    return sum;
}

Status Space::protect(std::uint64_t start, std::uint64_t end, std::uint8_t protection) {
    TRY(regions.split(start, end));
    const std::uint64_t before = committed_pages(start, end);
    std::uint64_t after = 0;
    const std::size_t first = regions.first_above(start);
    for (std::size_t i = first; i < regions.size() && regions[i].start < end; ++i) {
        Region changed = regions[i];
        changed.protection = protection;
        after += changed.committed_pages();
    }
    if (after > before)
        TRY(memory_.commit(after - before, who_));
    else
        memory_.uncommit(before - after);
    for (std::size_t i = first; i < regions.size() && regions[i].start < end; ++i) regions[i].protection = protection;
    if (has_process()) {
        // Write access comes back at the next fault, where it is known which pages are shared.
        const std::uint64_t count = page_of(end) - page_of(start);
        if (protection == protection::none)
            memory_.tables.unmap(owner, start, count);
        else
            memory_.tables.protect(owner, start, count,
                                   (protection & protection::execute) != 0 ? map_flag::execute : 0);
    }
    regions.join(start, end);
    return {};
}

Status Space::extend(Region &region, std::uint64_t new_end) {
    Region changed = region;
    changed.end = new_end;
    TRY(memory_.commit(changed.committed_pages() - region.committed_pages(), who_));
    region.end = new_end;
    return {};
}

Status Space::extend_down(Region &region, std::uint64_t new_start) {
    Region changed = region;
    changed.start = new_start;
    TRY(memory_.commit(changed.committed_pages() - region.committed_pages(), who_));
    region.start = new_start;
    return {};
}

Status Space::move(std::uint64_t start, std::uint64_t end, std::uint64_t destination) {
    struct Moved {
        std::uint64_t page;
        Frame frame;
    };
    Vector<Moved> moved(memory_.heap);
    TRY(moved.reserve(pages.count()));
    const std::uint64_t from = page_of(start), to = page_of(destination);
    pages.for_each(from, page_of(end), [&](std::uint64_t page, Frame frame) {
        (void)moved.push_back({page - from + to, frame});  // reserved above
    });
    for (const Moved &entry : moved) TRY(pages.reserve(entry.page));
    TRY(regions.split(start, end));
    Region region = *regions.find(start);
    region.start = destination;
    region.end = destination + (end - start);
    if (region.object != nullptr) ++region.object->regions;
    if (Status inserted = regions.insert(region); !inserted) {
        if (region.object != nullptr) --region.object->regions;
        return inserted;
    }
    if (region.object != nullptr) --region.object->regions;
    regions.remove(start, end);
    // In this order: removing first could give back a leaf that was reserved for the new place.
    for (const Moved &entry : moved) pages.put(entry.page, entry.frame);
    pages.remove_range(from, page_of(end), [](std::uint64_t, Frame) {});
    if (!moved.empty()) unmap(start, end);
    // What cannot be mapped now comes back by a fault.
    if (has_process()) (void)map_range(region.start, region.end);
    return {};
}

Status Space::populate(std::uint64_t start, std::uint64_t end, std::uint32_t flags, For whose) {
    Status status = take_zeroed(start, end, whose);
    if (status && has_process()) {
        RunBatch batch(memory_.tables, owner);
        pages.for_each(page_of(start), page_of(end), [&](std::uint64_t page, Frame frame) {
            if (status) status = batch.add(page << page_shift, frame, flags);
        });
        if (status) status = batch.flush();
    }
    if (!status) drop_pages(start, end);
    return status;
}

Status Space::take_zeroed(std::uint64_t start, std::uint64_t end, For whose) {
    for (std::uint64_t page = page_of(start); page < page_of(end);) {
        TRY(pages.reserve(page));
        const std::uint64_t wanted = page_of(end) - page;
        const auto run = TRY(memory_.take_run(whose, wanted < 64 ? static_cast<std::uint32_t>(wanted) : 64));
        memory_.tables.zero(run.first, run.count);
        for (std::uint32_t i = 0; i < run.count; ++i, ++page) {
            if (Status set = pages.set(page, run.first + i); !set) {
                for (; i < run.count; ++i) memory_.frames.release(run.first + i);
                return set;
            }
        }
    }
    return {};
}

Status Space::map_range(std::uint64_t start, std::uint64_t end) {
    RunBatch batch(memory_.tables, owner);
    Status status{};
    for (std::size_t i = regions.first_above(start); i < regions.size() && regions[i].start < end; ++i) {
        const Region &region = regions[i];
        if (region.protection == protection::none) continue;
        pages.for_each(region.first_page(), region.end_page(), [&](std::uint64_t page, Frame frame) {
            if (status) status = batch.add(page << page_shift, frame, region.flags(may_write(region, frame)));
        });
    }
    TRY(status);
    return batch.flush();
}

Status Space::copy_from(const Space &parent) {
    std::uint64_t committed = 0;
    for (std::size_t i = 0; i < parent.regions.size(); ++i) committed += parent.regions[i].committed_pages();
    TRY(memory_.commit(committed, who_));
    Status copied = regions.copy_from(parent.regions);
    if (copied) copied = pages.copy_from(parent.pages);
    if (!copied) {
        regions.clear();
        memory_.uncommit(committed);
        return copied;
    }
    for (std::size_t i = 0; i < regions.size(); ++i)
        if (regions[i].object != nullptr) ++regions[i].object->regions;
    pages.for_each(0, ~0ull, [&](std::uint64_t, Frame frame) { memory_.frames.add_reference(frame); });
    brk_start = parent.brk_start;
    brk_end = parent.brk_end;
    return {};
}

std::uint64_t Space::virtual_pages() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < regions.size(); ++i) sum += regions[i].pages();
    return sum;
}

}  // namespace axo::vm
