// The headers of a static ELF64 program, checked before anything is loaded: the images of system processes.
#pragma once

#include "axo/error.hpp"
#include "axo/types.hpp"

#include <cstdint>
#include <span>

namespace axo::vm {

struct ImageSegment {
    std::uint64_t address, bytes;           // where it goes; not page aligned
    std::uint64_t file_offset, file_bytes;  // the rest of `bytes` is zero
    std::uint32_t flags;                    // map_flag
};

struct ElfImage {
    static constexpr unsigned max_segments = 8;
    static constexpr std::size_t header_bytes = 1024;  // of the file: all headers must lie in there

    std::uint64_t entry;
    unsigned segment_count;
    ImageSegment segments[max_segments];

    /// `headers`: the first bytes of a file of `file_bytes`. Segments ascend, do not share pages, stay below the arena,
    /// lie inside the file and are never writable and executable. Errors: no_exec.
    static Result<ElfImage> parse(std::span<const std::byte> headers, std::uint64_t file_bytes);
};

}  // namespace axo::vm
