// The image is read page by page through a window of VM's own.
#include "servers/vm/load/service_loader.hpp"

#include <cstring>

#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::vm {

namespace {

constexpr std::uint64_t page_down(std::uint64_t address) { return address & ~(page_size - 1); }
constexpr std::uint64_t page_up(std::uint64_t address) { return page_down(address + page_size - 1); }
constexpr std::uint32_t most_pages = 1u << 20;  // of arena or scratch heap at the start

std::uint8_t protection_of(std::uint32_t flags) {
    return static_cast<std::uint8_t>(protection::read | ((flags & map_flag::write) != 0 ? protection::write : 0) |
                                     ((flags & map_flag::execute) != 0 ? protection::execute : 0));
}

}  // namespace

Result<Spawn::Reply> ServiceLoader::load(ProcessRecord &record, Endpoint granter, const Spawn &request) {
    std::byte headers[ElfImage::header_bytes];
    const std::uint64_t readable = request.bytes < sizeof headers ? request.bytes : sizeof headers;
    TRY(sys::safe_copy_from(granter, request.image, 0, headers, readable));
    const ElfImage image = TRY(ElfImage::parse({headers, readable}, request.bytes));
    if (request.arena_pages > most_pages || request.scratch_pages > most_pages) return Error::no_memory;
    TRY(context_.memory.tables.create(record.endpoint));
    record.space = TRY(context_.processes.create_space(For::system));
    Space &space = *record.space;
    space.owner = record.endpoint;
    for (unsigned i = 0; i < image.segment_count; ++i) {
        const ImageSegment &segment = image.segments[i];
        TRY(add(space, page_down(segment.address), page_up(segment.address + segment.bytes), segment.flags));
        TRY(fill(space, segment, granter, request.image));
    }
    const std::uint64_t arena = layout::arena_a + std::uint64_t{request.arena_pages} * page_size;
    const std::uint64_t scratch = layout::scratch + std::uint64_t{request.scratch_pages} * page_size;
    if (request.arena_pages != 0) TRY(add(space, layout::arena_a, arena, map_flag::write));
    if (request.scratch_pages != 0) TRY(add(space, layout::scratch, scratch, map_flag::write));
    TRY(add(space, layout::stack_end - layout::service_stack_bytes, layout::stack_end, map_flag::write));
    TRY(write_start_record(space, request));
    return Spawn::Reply{VirtAddr{image.entry}, VirtAddr{layout::start_record}};
}

Status ServiceLoader::write_start_record(Space &space, const Spawn &request) {
    const layout::StartRecord record{layout::StartRecord::expected_magic,
                                     std::uint64_t{request.arena_pages} * page_size,
                                     std::uint64_t{request.scratch_pages} * page_size, 0};
    const Frame frame = space.pages.find(layout::start_record >> page_shift);
    std::byte *shown = TRY(context_.own.show(OwnMemory::work_window, 0, frame));
    std::memcpy(shown + layout::start_record % page_size, &record, sizeof record);
    return {};
}

Status ServiceLoader::add(Space &space, std::uint64_t start, std::uint64_t end, std::uint32_t flags) {
    Region region{};
    region.start = start;
    region.end = end;
    region.kind = RegionKind::resident;
    region.protection = protection_of(flags);
    TRY(space.add(region));
    return space.populate(start, end, flags);
}

Status ServiceLoader::fill(Space &space, const ImageSegment &segment, Endpoint granter, GrantId image) {
    for (std::uint64_t done = 0; done < segment.file_bytes;) {
        const std::uint64_t address = segment.address + done, before = address % page_size;
        const std::uint64_t left = segment.file_bytes - done, room = page_size - before;
        const std::uint64_t bytes = left < room ? left : room;
        std::byte *shown = TRY(context_.own.show(OwnMemory::work_window, 0, space.pages.find(address >> page_shift)));
        TRY(sys::safe_copy_from(granter, image, segment.file_offset + done, shown + before, bytes));
        done += bytes;
    }
    return {};
}

}  // namespace axo::vm
