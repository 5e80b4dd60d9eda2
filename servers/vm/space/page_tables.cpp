// The kernel calls behind PageTables.
#include "servers/vm/space/page_tables.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::vm {

template <typename Call>
Status PageTables::with_tables(Call call) {
    for (;;) {
        Status status = call();
        if (status || status.error() != Error::tables_needed) return status;
        TRY(donate(chunk));
    }
}

Status PageTables::donate(std::uint32_t wanted) {
    const auto run = TRY(frames_.allocate_run(FrameAllocator::For::system, wanted));
    Status given = sys::donate_frames(frame_address(run.first), run.count);
    if (!given) {
        for (std::uint32_t i = 0; i < run.count; ++i) frames_.release(run.first + i);
        return given;
    }
    donated_ += run.count;
    return {};
}

Status PageTables::create(Endpoint process) {
    return with_tables([&] {
        Status created = sys::space_create(process);
        if (created || created.error() != Error::busy) return created;
        destroy(process);
        return sys::space_create(process);
    });
}

void PageTables::destroy(Endpoint process) { (void)sys::space_destroy(process); }

Status PageTables::map(Endpoint process, std::span<const MapRun> runs) {
    return with_tables([&] { return sys::map(process, runs); });
}

void PageTables::unmap(Endpoint process, std::uint64_t address, std::uint64_t pages) {
    (void)sys::unmap(process, VirtAddr{address}, pages);
}

void PageTables::protect(Endpoint process, std::uint64_t address, std::uint64_t pages, std::uint32_t flags) {
    (void)sys::protect(process, VirtAddr{address}, pages, flags);
}

Status PageTables::clone(Endpoint from, Endpoint to, std::uint64_t address, std::uint64_t pages) {
    return with_tables([&] { return sys::clone_range(from, to, VirtAddr{address}, pages); });
}

Status PageTables::resolve(const Resolve &request) {
    return with_tables([&] { return sys::resolve(request); });
}

void PageTables::zero(Frame first, std::uint32_t count) { (void)sys::zero_frames(frame_address(first), count); }

std::uint32_t PageTables::reclaim(std::uint32_t count) {
    PhysAddr taken[64];
    const Result<std::uint64_t> got = sys::reclaim_frames({taken, count < 64 ? count : 64});
    if (!got) return 0;
    for (std::uint64_t i = 0; i < *got; ++i) frames_.take_over(frame_of(taken[i]));
    const auto frames = static_cast<std::uint32_t>(*got);
    donated_ -= frames < donated_ ? frames : donated_;
    return frames;
}

}  // namespace axo::vm
