// ELF64, System V ABI, AMD64 supplement; only what a static program has.
#include "servers/vm/load/elf_image.hpp"

#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"

#include <cstring>

namespace axo::vm {

namespace {

struct FileHeader {
    std::uint8_t ident[16];
    std::uint16_t type, machine;
    std::uint32_t version;
    std::uint64_t entry, program_offset, section_offset;
    std::uint32_t flags;
    std::uint16_t header_bytes, program_bytes, program_count, section_bytes, section_count, names;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
    std::uint32_t type, flags;
    std::uint64_t offset, address, physical, file_bytes, memory_bytes, align;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr std::uint8_t magic[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};  // 64 bits, little endian, version 1
constexpr std::uint16_t executable = 2, amd64 = 62;
constexpr std::uint32_t load = 1, interpreter = 3, can_execute = 1, can_write = 2;

constexpr std::uint64_t page_end(std::uint64_t address) { return (address + page_size - 1) & ~(page_size - 1); }

bool fits(const ProgramHeader &header, std::uint64_t floor, std::uint64_t file_bytes) {
    if (header.offset > file_bytes || header.file_bytes > file_bytes - header.offset) return false;
    if (header.file_bytes > header.memory_bytes || header.memory_bytes > layout::arena_a) return false;
    if (header.address < layout::user_first || header.address > layout::arena_a - header.memory_bytes) return false;
    if ((header.address & ~(page_size - 1)) < floor) return false;
    return (header.flags & (can_execute | can_write)) != (can_execute | can_write);
}

ImageSegment segment_of(const ProgramHeader &header) {
    return {.address = header.address,
            .bytes = header.memory_bytes,
            .file_offset = header.offset,
            .file_bytes = header.file_bytes,
            .flags = ((header.flags & can_write) != 0 ? map_flag::write : 0u) |
                     ((header.flags & can_execute) != 0 ? map_flag::execute : 0u)};
}

}  // namespace

Result<ElfImage> ElfImage::parse(std::span<const std::byte> headers, std::uint64_t file_bytes) {
    FileHeader file{};
    if (headers.size() < sizeof file) return Error::no_exec;
    std::memcpy(&file, headers.data(), sizeof file);
    if (std::memcmp(file.ident, magic, sizeof magic) != 0 || file.type != executable || file.machine != amd64)
        return Error::no_exec;
    if (file.program_bytes != sizeof(ProgramHeader) || file.program_offset > headers.size()) return Error::no_exec;
    if (file.program_count > (headers.size() - file.program_offset) / sizeof(ProgramHeader)) return Error::no_exec;
    ElfImage image{};
    image.entry = file.entry;
    std::uint64_t floor = 0;
    for (unsigned i = 0; i < file.program_count; ++i) {
        ProgramHeader header{};
        std::memcpy(&header, headers.data() + file.program_offset + i * sizeof header, sizeof header);
        if (header.type == interpreter) return Error::no_exec;
        if (header.type != load || header.memory_bytes == 0) continue;
        if (image.segment_count == max_segments || !fits(header, floor, file_bytes)) return Error::no_exec;
        image.segments[image.segment_count++] = segment_of(header);
        floor = page_end(header.address + header.memory_bytes);
    }
    for (unsigned i = 0; i < image.segment_count; ++i) {
        const ImageSegment &segment = image.segments[i];
        const bool inside = file.entry >= segment.address && file.entry - segment.address < segment.bytes;
        if (inside && (segment.flags & map_flag::execute) != 0) return image;
    }
    return Error::no_exec;
}

}  // namespace axo::vm
