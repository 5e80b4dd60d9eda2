// Regions of the segments, private copies of their few data pages, the stack as VFS wrote it.
#include "servers/vm/load/exec_builder.hpp"

#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"

#include <cstring>

namespace axo::vm {

namespace {

constexpr std::uint64_t data_pages_copied = 4;    // of a writable segment: nearly all are written at once
constexpr std::uint64_t pages_mapped_ahead = 64;  // of a segment that is cached
constexpr std::uint64_t page_down(std::uint64_t address) { return address & ~(page_size - 1); }
constexpr std::uint64_t page_up(std::uint64_t address) { return page_down(address + page_size - 1); }

std::uint8_t protection_of(const ExecSegment &segment) {
    return static_cast<std::uint8_t>(protection::read |
                                     ((segment.flags & map_flag::write) != 0 ? protection::write : 0) |
                                     ((segment.flags & map_flag::execute) != 0 ? protection::execute : 0));
}

bool is_sound(const ExecSegment &segment) {
    if (segment.address.value < layout::user_first || segment.address.value >= layout::mmap_top) return false;
    if (segment.bytes == 0 || segment.bytes > layout::mmap_top - segment.address.value) return false;
    if (segment.file_bytes > segment.bytes || segment.file_offset + segment.file_bytes < segment.file_offset)
        return false;
    return segment.address.value % page_size == segment.file_offset % page_size;
}

}  // namespace

Status ExecBuilder::check(const ExecImage &image, std::uint64_t granted_bytes) {
    if (image.segment_count == 0 || image.segment_count > 16) return Error::no_exec;
    for (std::uint32_t i = 0; i < image.segment_count; ++i)
        if (!is_sound(image.segments[i])) return Error::no_exec;
    const std::uint64_t pointer = image.stack_pointer.value;
    if (image.stack_bytes == 0 || image.stack_bytes > layout::user_stack_max / 2) return Error::invalid;
    if (pointer != layout::stack_end - image.stack_bytes) return Error::invalid;
    if (granted_bytes < sizeof image || granted_bytes - sizeof image < image.stack_bytes) return Error::invalid;
    return {};
}

sef::Async<Result<Space *>> ExecBuilder::build(Endpoint granter, ExecBuild request) {
    ExecImage image{};
    if (request.bytes < sizeof image) co_return Error::invalid;
    Status status = sys::safe_copy_from(granter, request.image, 0, &image, sizeof image);
    if (status) status = check(image, request.bytes);
    if (!status) co_return status.error();
    const Result<CachedFile *> file = context_.memory.files.open(image.file, image.file_size);
    if (!file) co_return file.error();
    // Promised to whose program runs now, and to root where there is none: the first.
    const Space *const current = context_.processes.space_of(request.process);
    const Result<Space *> made = context_.processes.create_space(current != nullptr ? current->who() : For::root);
    if (made) {
        auto filling = fill(*made, *file, &image);
        status = co_await filling;
        if (status) status = add_stack(**made, image, granter, request.image);
        if (status) status = context_.vdso.add_to(**made);
        if (!status) context_.processes.destroy_space(*made);
    } else {
        status = made.error();
    }
    context_.memory.files.close(**file);
    context_.pager.release_unused();
    if (!status) co_return status.error();
    co_return *made;
}

sef::Async<Status> ExecBuilder::fill(Space *space, CachedFile *file, const ExecImage *image) {
    std::uint64_t top = 0;
    for (std::uint32_t i = 0; i < image->segment_count; ++i) {
        const ExecSegment &segment = image->segments[i];
        const Status added = add_segment(*space, *file, segment);
        if (!added) co_return added;
        auto copying = copy_data(space, file, segment);
        const Status copied = co_await copying;
        if (!copied) co_return copied;
        const std::uint64_t end = page_up(segment.address.value + segment.bytes);
        if (end > top) top = end;
    }
    space->brk_start = space->brk_end = top;
    co_return Status{};
}

Status ExecBuilder::add_segment(Space &space, CachedFile &file, const ExecSegment &segment) {
    const std::uint64_t start = page_down(segment.address.value), end = page_up(segment.address.value + segment.bytes);
    const std::uint64_t file_end =
        segment.file_bytes == 0 ? start : page_up(segment.address.value + segment.file_bytes);
    if (!space.regions.is_free(start, end)) return Error::no_exec;
    Region region{};
    region.protection = protection_of(segment);
    if (file_end > start) {
        region.start = start;
        region.end = file_end;
        region.kind = RegionKind::file;
        region.object = &file;
        region.object_page = segment.file_offset >> page_shift;
        ++file.regions;
        TRY(space.add(region));
    }
    if (end > file_end) {
        region.start = file_end;
        region.end = end;
        region.kind = RegionKind::anonymous;
        region.object = nullptr;
        region.object_page = 0;
        TRY(space.add(region));
    }
    return {};
}

/// The page in which content ends and zeros begin must be the program's own; so may some pages before it, if they are
/// written anyway.
sef::Async<Status> ExecBuilder::copy_data(Space *space, CachedFile *file, ExecSegment segment) {
    const std::uint64_t content_end = segment.address.value + segment.file_bytes;
    const bool has_tail = segment.bytes > segment.file_bytes && content_end % page_size != 0;
    if (segment.file_bytes == 0 || ((segment.flags & map_flag::write) == 0 && !has_tail)) co_return Status{};
    const std::uint64_t start = segment.address.value >> page_shift, end = page_up(content_end) >> page_shift;
    const bool small = end - start <= data_pages_copied;
    if (!small && !has_tail) co_return Status{};
    const std::uint64_t object = segment.file_offset >> page_shift;
    for (std::uint64_t page = small ? start : end - 1; page < end; ++page) {
        AbsentPage wanted{file, object + (page - start), object + (end - start)};
        while (file->pages.find(wanted.page) == 0) {
            if (file->beyond_end(wanted.page)) co_return Error::no_exec;
            auto reading = context_.pager.bring_in(wanted);
            const Status read = co_await reading;
            if (!read) co_return read;
        }
        const bool last = page == end - 1 && has_tail;
        const Status copied =
            copy_page(*space, page, file->pages.find(wanted.page), last ? content_end % page_size : page_size);
        if (!copied) co_return copied;
    }
    co_return Status{};
}

/// `content` bytes of the page come from the frame, the rest is zero.
Status ExecBuilder::copy_page(Space &space, std::uint64_t page, Frame from, std::uint64_t content) {
    Memory &memory = context_.memory;
    memory.frames.add_reference(from);  // making room must not take it
    Status status = space.pages.reserve(page);
    Result<Frame> frame = Error::no_memory;
    if (status) frame = memory.take_frame(space.who());
    if (status && !frame) status = frame.error();
    if (status) {
        const Frame both[] = {from, *frame};
        const Result<std::byte *> shown = context_.own.show(OwnMemory::work_window, both);
        if (shown) {
            std::memcpy(*shown + page_size, *shown, content);
            std::memset(*shown + page_size + content, 0, page_size - content);
            space.pages.put(page, *frame);
        } else {
            memory.frames.release(*frame);
            status = shown.error();
        }
    }
    memory.frames.release(from);
    return status;
}

Status ExecBuilder::add_stack(Space &space, const ExecImage &image, Endpoint granter, GrantId grant) {
    Region region{};
    region.start = page_down(image.stack_pointer.value);
    region.end = layout::stack_end;
    region.kind = RegionKind::stack;
    region.protection = protection::read | protection::write;
    if (!space.regions.is_free(region.start, region.end)) return Error::no_exec;
    TRY(space.add(region));
    std::uint64_t offset = sizeof(ExecImage);
    for (std::uint64_t at = image.stack_pointer.value; at < layout::stack_end;) {
        const std::uint64_t page = at >> page_shift, before = at % page_size, bytes = page_size - before;
        TRY(space.pages.reserve(page));
        const Frame frame = TRY(context_.memory.take_frame(space.who()));
        space.pages.put(page, frame);
        std::byte *shown = TRY(context_.own.show(OwnMemory::work_window, 0, frame));
        std::memset(shown, 0, before);
        TRY(sys::safe_copy_from(granter, grant, offset, shown + before, bytes));
        at += bytes;
        offset += bytes;
    }
    return {};
}

void ExecBuilder::take_cached_pages(Space &space) {
    for (std::size_t i = 0; i < space.regions.size(); ++i) {
        const Region &region = space.regions[i];
        if (region.kind != RegionKind::file || region.pages() > pages_mapped_ahead) continue;
        const std::uint64_t first = region.object_page;
        region.object->pages.for_each(first, first + region.pages(), [&](std::uint64_t index, Frame frame) {
            const std::uint64_t page = region.first_page() + (index - first);
            if (space.pages.find(page) != 0 || !space.pages.reserve(page)) return;
            space.memory().frames.add_reference(frame);
            space.pages.put(page, frame);
        });
    }
}

}  // namespace axo::vm
