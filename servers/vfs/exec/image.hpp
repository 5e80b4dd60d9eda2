// Reads an ELF64 file's headers (System V ABI, AMD64 supplement) and says what to map where. Every
// field that matters is checked: a bad file gives no_exec, never a strange address space. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "axo/error.hpp"
#include "axo/types.hpp"
#include "axo/vm_protocol.hpp"
#include "servers/vfs/calls/text_part.hpp"

namespace axo::vfs {

/// Where a static-PIE image goes.
inline constexpr std::uint64_t pie_base = 0x5555'5555'4000;
inline constexpr unsigned max_segments = 16;

struct ElfHeader {
    std::uint8_t identification[16];
    std::uint16_t type, machine;
    std::uint32_t version;
    std::uint64_t entry, program_headers, section_headers;
    std::uint32_t flags;
    std::uint16_t header_bytes, program_header_bytes, program_header_count;
    std::uint16_t section_header_bytes, section_header_count, section_names;
};
static_assert(sizeof(ElfHeader) == 64);

struct ProgramHeader {
    std::uint32_t type, flags;
    std::uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

/// What exec needs to know of a program file.
struct ExecPlan {
    std::uint32_t segment_count;
    vm::ExecSegment segments[max_segments];
    std::uint64_t entry;
    std::uint64_t program_headers;  // their address in the new image, or 0
    std::uint16_t program_header_count;
};

/// `head` is the start of the file (up to 4096 bytes of it), which must hold the program headers.
/// Errors: no_exec.
Result<ExecPlan> parse_elf(std::span<const std::byte> head, std::uint64_t file_size);

/// The first line of a script: `#! interpreter [argument]`.
struct ScriptLine {
    std::string_view interpreter, argument;  // argument may be empty
};
bool is_script(std::span<const std::byte> head);
/// Errors: no_exec (no interpreter, or the line is longer than `head`).
Result<ScriptLine> parse_script(std::span<const std::byte> head);

}  // namespace axo::vfs
