// ELF64 validation (System V ABI, chapters 4 and 5; AMD64 supplement).
#include "kernel/boot/elf.hpp"

#include "arch/machine.hpp"

#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"

#include <cstring>

namespace axo::kernel::boot {
namespace {

struct FileHeader {
    std::uint8_t magic[4];
    std::uint8_t word_size, byte_order, ident_version, ident_abi, ident_rest[8];
    std::uint16_t type, machine;
    std::uint32_t version;
    std::uint64_t entry, program_offset, section_offset;
    std::uint32_t flags;
    std::uint16_t header_bytes, program_entry_bytes, program_count, section_entry_bytes, section_count, names_index;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
    std::uint32_t type, flags;
    std::uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr std::uint16_t type_executable = 2;
constexpr std::uint32_t segment_load = 1, segment_dynamic = 2, segment_interpreter = 3;
constexpr std::uint32_t can_execute = 1, can_write = 2;

bool good_header(const FileHeader &header, std::uint64_t file_bytes) {
    constexpr std::uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    if (std::memcmp(header.magic, magic, sizeof magic) != 0) return false;
    if (header.word_size != 2 || header.byte_order != 1 || header.ident_version != 1 || header.version != 1)
        return false;
    if (header.type != type_executable || header.machine != arch::elf_machine) return false;
    if (header.program_entry_bytes != sizeof(ProgramHeader) || header.program_count == 0) return false;
    const std::uint64_t table_bytes = header.program_count * sizeof(ProgramHeader);
    return header.program_offset <= file_bytes && table_bytes <= file_bytes - header.program_offset;
}

Result<ElfSegment> check_segment(const ProgramHeader &header, std::uint64_t file_bytes) {
    if (header.file_bytes > header.memory_bytes) return Error::no_exec;
    if (header.offset > file_bytes || header.file_bytes > file_bytes - header.offset) return Error::no_exec;
    if (header.offset % page_size != header.address % page_size) return Error::no_exec;
    if (header.address < layout::user_first || header.address >= layout::arena_a) return Error::no_exec;
    if (header.memory_bytes > layout::arena_a - header.address) return Error::no_exec;
    if ((header.flags & (can_write | can_execute)) == (can_write | can_execute)) return Error::no_exec;
    std::uint32_t flags = 0;
    if ((header.flags & can_write) != 0) flags |= map_flag::write;
    if ((header.flags & can_execute) != 0) flags |= map_flag::execute;
    return ElfSegment{VirtAddr{header.address}, header.offset, header.file_bytes, header.memory_bytes, flags};
}

bool entry_is_code(const ElfImage &image) {
    for (unsigned i = 0; i < image.segment_count; ++i) {
        const ElfSegment &segment = image.segments[i];
        if ((segment.flags & map_flag::execute) != 0 && image.entry >= segment.address &&
            image.entry.value - segment.address.value < segment.file_bytes)
            return true;
    }
    return false;
}

}  // namespace

Result<ElfImage> parse_elf(std::span<const std::byte> file) {
    FileHeader header;
    if (file.size() < sizeof header) return Error::no_exec;
    std::memcpy(&header, file.data(), sizeof header);
    if (!good_header(header, file.size())) return Error::no_exec;

    ElfImage image{};
    image.entry = VirtAddr{header.entry};
    for (unsigned i = 0; i < header.program_count; ++i) {
        ProgramHeader program;
        std::memcpy(&program, file.data() + header.program_offset + i * sizeof program, sizeof program);
        if (program.type == segment_interpreter || program.type == segment_dynamic) return Error::no_exec;
        if (program.type != segment_load || program.memory_bytes == 0) continue;
        const ElfSegment segment = TRY(check_segment(program, file.size()));
        if (image.segment_count == ElfImage::max_segments) return Error::no_exec;
        if (image.segment_count > 0 && segment.first_page() < image.segments[image.segment_count - 1].end_page())
            return Error::no_exec;
        image.segments[image.segment_count++] = segment;
    }
    if (!entry_is_code(image)) return Error::no_exec;
    return image;
}

}  // namespace axo::kernel::boot
