// What the boot loader accepts as a service: a static ELF64 executable whose segments are W^X, ascend and share no
// page.
#pragma once

#include "axo/error.hpp"
#include "axo/types.hpp"

#include <span>

namespace axo::kernel::boot {

struct ElfSegment {
    VirtAddr address;
    std::uint64_t file_offset, file_bytes, memory_bytes;
    std::uint32_t flags;  // map_flag

    std::uint64_t first_page() const { return address.value & ~(page_size - 1); }
    std::uint64_t end_page() const { return (address.value + memory_bytes + page_size - 1) & ~(page_size - 1); }
};

struct ElfImage {
    static constexpr unsigned max_segments = 8;
    VirtAddr entry;
    unsigned segment_count;
    ElfSegment segments[max_segments];
};

/// Checks the headers and collects the loadable segments.
/// Errors: no_exec (not such an ELF, or a segment that breaks the rules above).
Result<ElfImage> parse_elf(std::span<const std::byte> file);

}  // namespace axo::kernel::boot
