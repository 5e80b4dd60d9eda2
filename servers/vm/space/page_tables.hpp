// What VM asks of the kernel about page tables. Whenever the kernel's pool of table frames is too small, some more are
// donated and the call is made again, so that nobody else has to know about the pool.
#pragma once

#include "axo/kernel_call.hpp"
#include "servers/vm/frames/frame_allocator.hpp"

#include <span>

namespace axo::vm {

class PageTables {
public:
    explicit PageTables(FrameAllocator &frames) : frames_(frames) {}

    /// An empty page table for the process in place of the one it may have. Errors: no_memory, no_process.
    Status create(Endpoint process);
    /// The process has no page table any more. A process that is gone already is no error.
    void destroy(Endpoint process);
    /// At most 512 runs, ascending; all or none. Errors: no_memory, no_process, invalid.
    Status map(Endpoint process, std::span<const MapRun> runs);
    void unmap(Endpoint process, std::uint64_t address, std::uint64_t pages);
    /// Of the pages that are present.
    void protect(Endpoint process, std::uint64_t address, std::uint64_t pages, std::uint32_t flags);
    /// Present user pages of `from` appear in `to`, in both without write access. Errors: no_memory, no_process.
    Status clone(Endpoint from, Endpoint to, std::uint64_t address, std::uint64_t pages);
    /// Errors: no_memory, no_process.
    Status resolve(const Resolve &request);
    void zero(Frame first, std::uint32_t count);

    /// Takes up to `count` unused frames back from the pool; returns how many.
    std::uint32_t reclaim(std::uint32_t count);

    /// Frames now with the kernel.
    std::uint32_t donated() const { return donated_; }
    /// Frames that were given before the allocator knew of any.
    void set_donated(std::uint32_t frames) { donated_ = frames; }

private:
    static constexpr std::uint32_t chunk = 16;
    Status donate(std::uint32_t wanted);
    template <typename Call>
    Status with_tables(Call call);

    FrameAllocator &frames_;
    std::uint32_t donated_ = 0;
};

}  // namespace axo::vm
