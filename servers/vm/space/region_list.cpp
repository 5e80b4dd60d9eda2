// Searching, splitting and joining of regions.
#include "servers/vm/space/region_list.hpp"

namespace axo::vm {

std::uint64_t Region::committed_pages() const {
    if (has(region_attribute::no_reserve) || protection == protection::none) return 0;
    switch (kind) {
        case RegionKind::anonymous:
        case RegionKind::heap:
        case RegionKind::stack:
        case RegionKind::shared: return pages();
        case RegionKind::file: return writable() ? pages() : 0;
        case RegionKind::resident: return has(region_attribute::content) ? pages() : 0;
        case RegionKind::physical: return 0;
    }
    return 0;
}

bool Region::continues_with(const Region &next) const {
    if (end != next.start || kind != next.kind || protection != next.protection || attributes != next.attributes ||
        object != next.object)
        return false;
    if (kind == RegionKind::anonymous || kind == RegionKind::heap) return true;
    const bool has_content = kind == RegionKind::file || kind == RegionKind::shared;
    return has_content && object_page + pages() == next.object_page;
}

std::size_t RegionList::first_above(std::uint64_t address) const {
    std::size_t low = 0, high = regions_.size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (regions_[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Region *RegionList::find(std::uint64_t address) {
    const std::size_t i = first_above(address);
    return i < size() && regions_[i].contains(address) ? &regions_[i] : nullptr;
}

bool RegionList::is_free(std::uint64_t start, std::uint64_t end) const {
    const std::size_t i = first_above(start);
    return i == size() || regions_[i].start >= end;
}

bool RegionList::covers(std::uint64_t start, std::uint64_t end) const {
    for (std::size_t i = first_above(start); start < end; ++i) {
        if (i == size() || regions_[i].start > start) return false;
        start = regions_[i].end;
    }
    return true;
}

Result<std::uint64_t> RegionList::find_gap(std::uint64_t bytes, std::uint64_t low, std::uint64_t high) const {
    std::uint64_t ceiling = high;
    for (std::size_t i = size(); i-- > 0;) {
        const Region &region = regions_[i];
        if (region.start >= ceiling) continue;
        if (region.end <= ceiling && ceiling - region.end >= bytes && ceiling - bytes >= low) return ceiling - bytes;
        ceiling = region.start;
        if (ceiling <= low) return Error::no_memory;
    }
    if (ceiling < low || ceiling - low < bytes) return Error::no_memory;
    return ceiling - bytes;
}

Result<std::uint64_t> RegionList::find_low_gap(std::uint64_t bytes, std::uint64_t low, std::uint64_t high) const {
    std::uint64_t floor = low;
    for (std::size_t i = first_above(low); i < size() && regions_[i].start < high; ++i) {
        if (regions_[i].start >= floor && regions_[i].start - floor >= bytes) return floor;
        floor = regions_[i].end;
    }
    if (floor > high || high - floor < bytes) return Error::no_memory;
    return floor;
}

Status RegionList::insert(const Region &region) {
    const std::size_t i = first_above(region.start);
    if (i > 0 && regions_[i - 1].continues_with(region)) {
        regions_[i - 1].end = region.end;
        if (region.object != nullptr) --region.object->regions;
        join(region.end, region.end);
        return {};
    }
    TRY(regions_.insert(i, region));
    join(region.end, region.end);
    return {};
}

Status RegionList::split_at(std::uint64_t address) {
    const std::size_t i = first_above(address);
    if (i == size() || regions_[i].start >= address) return {};
    Region upper = regions_[i];
    upper.object_page = regions_[i].object_page_at(address >> page_shift);
    upper.start = address;
    TRY(regions_.insert(i + 1, upper));
    regions_[i].end = address;
    if (upper.object != nullptr) ++upper.object->regions;
    return {};
}

Status RegionList::split(std::uint64_t start, std::uint64_t end) {
    TRY(split_at(start));
    return split_at(end);
}

void RegionList::remove(std::uint64_t start, std::uint64_t end) {
    const std::size_t first = first_above(start);
    std::size_t last = first;
    while (last < size() && regions_[last].start < end) ++last;
    regions_.erase(first, last - first);
}

void RegionList::join(std::uint64_t start, std::uint64_t end) {
    std::size_t i = first_above(start == 0 ? 0 : start - 1);
    while (i + 1 < size() && regions_[i].end <= end) {
        if (!regions_[i].continues_with(regions_[i + 1])) {
            ++i;
            continue;
        }
        regions_[i].end = regions_[i + 1].end;
        if (regions_[i].object != nullptr) --regions_[i].object->regions;
        regions_.erase(i + 1);
    }
}

Status RegionList::copy_from(const RegionList &other) {
    TRY(regions_.reserve(other.size()));
    for (std::size_t i = 0; i < other.size(); ++i) (void)regions_.push_back(other[i]);  // reserved above
    return {};
}

}  // namespace axo::vm
