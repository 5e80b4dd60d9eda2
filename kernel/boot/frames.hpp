// The frames of RAM at boot: a cursor over the ranges that neither kernel nor archive take. It serves page tables and
// the boot services' memory; what is left when the first process runs belongs to VM. Also a TablePool.
#pragma once

#include "axo/error.hpp"
#include "axo/kernel_call.hpp"
#include "kernel/arch/arch.hpp"

#include <span>

namespace axo::kernel::boot {

class BootFrames {
public:
    static constexpr unsigned max_ranges = 80;

    /// Cuts kernel, archive and the first 64 KiB (firmware data) out of the RAM of `info`. Ranges past
    /// max_ranges are left out.
    explicit BootFrames(const BootInfo &info);

    std::size_t available() const { return available_; }

    /// One frame, not zeroed; only when available() is not zero. Lowest address first.
    PhysAddr take();

    /// `pages` frames that follow each other, zeroed. Errors: no_memory.
    Result<PhysAddr> take_zeroed(std::uint64_t pages);

    /// Takes back the frame that was given last (page tables of a refused service); others are lost.
    void give(PhysAddr frame);

    /// What is still free, for memory_map. Returns the number of ranges written.
    std::size_t remaining(std::span<MemoryRange> out) const;

private:
    void add(std::uint64_t start, std::uint64_t end);
    void cut(std::uint64_t start, std::uint64_t end);

    MemoryRange ranges_[max_ranges];
    unsigned count_ = 0;
    std::size_t available_ = 0;
};

}  // namespace axo::kernel::boot
