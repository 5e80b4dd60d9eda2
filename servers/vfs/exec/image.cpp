// See image.hpp.
#include "servers/vfs/exec/image.hpp"

#include <cstring>

#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint8_t class_64 = 2, little_endian = 1, version_current = 1;
constexpr std::uint16_t type_executable = 2, type_shared = 3, machine_x86_64 = 62;
constexpr std::uint32_t segment_load = 1, segment_interpreter = 3;
constexpr std::uint32_t flag_execute = 1, flag_write = 2;
constexpr std::size_t script_line_max = 255;

bool header_is_good(const ElfHeader &header, std::size_t available) {
    static constexpr std::uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    if (std::memcmp(header.identification, magic, sizeof magic) != 0) return false;
    if (header.identification[4] != class_64 || header.identification[5] != little_endian) return false;
    if (header.identification[6] != version_current || header.version != version_current) return false;
    if (header.type != type_executable && header.type != type_shared) return false;
    if (header.machine != machine_x86_64) return false;
    if (header.header_bytes < sizeof(ElfHeader) || header.program_header_bytes != sizeof(ProgramHeader)) return false;
    if (header.program_header_count == 0 || header.program_header_count > 64) return false;
    const std::uint64_t table_bytes = std::uint64_t{header.program_header_count} * sizeof(ProgramHeader);
    return header.program_headers <= available && table_bytes <= available - header.program_headers;
}

/// A loadable segment must lie in the file, below the stack, and be congruent to its offset.
bool segment_is_good(const ProgramHeader &segment, std::uint64_t base, std::uint64_t file_size) {
    if (segment.file_bytes > segment.memory_bytes) return false;
    if (segment.offset > file_size || segment.file_bytes > file_size - segment.offset) return false;
    if (segment.offset % page_size != segment.address % page_size) return false;
    if (segment.address > layout::mmap_top || segment.memory_bytes > layout::mmap_top) return false;
    const std::uint64_t start = base + segment.address;
    return start >= layout::user_first && start + segment.memory_bytes <= layout::mmap_top;
}

std::uint32_t map_flags(std::uint32_t segment_flags) {
    std::uint32_t flags = 0;
    if ((segment_flags & flag_write) != 0) flags |= map_flag::write;
    if ((segment_flags & flag_execute) != 0) flags |= map_flag::execute;
    return flags;
}

/// Segments must come in order of address and share no page: VM maps each for itself.
bool follows(const ExecPlan &plan, std::uint64_t start) {
    if (plan.segment_count == 0) return true;
    const vm::ExecSegment &last = plan.segments[plan.segment_count - 1];
    const std::uint64_t last_end = last.address.value + last.bytes;
    return start / page_size * page_size >= (last_end + page_size - 1) / page_size * page_size;
}

Status add_segment(ExecPlan &plan, const ProgramHeader &segment, std::uint64_t base, std::uint64_t file_size) {
    if (segment.memory_bytes == 0) return {};
    if (plan.segment_count == max_segments) return Error::no_exec;
    if (!segment_is_good(segment, base, file_size)) return Error::no_exec;
    const std::uint64_t start = base + segment.address;
    if (!follows(plan, start)) return Error::no_exec;
    plan.segments[plan.segment_count++] = {
        .address = {start},
        .bytes = segment.memory_bytes,
        .file_offset = segment.offset,
        .file_bytes = segment.file_bytes,
        .flags = map_flags(segment.flags),
        .reserved = 0,
    };
    return {};
}

/// Where the program headers lie in memory: inside the segment that maps them from the file.
std::uint64_t headers_in_memory(const ExecPlan &plan, const ElfHeader &header) {
    const std::uint64_t bytes = std::uint64_t{header.program_header_count} * sizeof(ProgramHeader);
    for (std::uint32_t i = 0; i < plan.segment_count; ++i) {
        const vm::ExecSegment &segment = plan.segments[i];
        if (header.program_headers < segment.file_offset) continue;
        const std::uint64_t into = header.program_headers - segment.file_offset;
        if (into <= segment.file_bytes && bytes <= segment.file_bytes - into) return segment.address.value + into;
    }
    return 0;
}

bool entry_is_mapped(const ExecPlan &plan) {
    for (std::uint32_t i = 0; i < plan.segment_count; ++i) {
        const vm::ExecSegment &segment = plan.segments[i];
        const bool inside = plan.entry >= segment.address.value && plan.entry - segment.address.value < segment.bytes;
        if (inside && (segment.flags & map_flag::execute) != 0) return true;
    }
    return false;
}

}  // namespace

Result<ExecPlan> parse_elf(std::span<const std::byte> head, std::uint64_t file_size) {
    ElfHeader header;
    if (head.size() < sizeof header) return Error::no_exec;
    std::memcpy(&header, head.data(), sizeof header);
    if (!header_is_good(header, head.size())) return Error::no_exec;

    const std::uint64_t base = header.type == type_shared ? pie_base : 0;
    ExecPlan plan{};
    plan.program_header_count = header.program_header_count;
    for (unsigned i = 0; i < header.program_header_count; ++i) {
        ProgramHeader segment;
        std::memcpy(&segment, head.data() + header.program_headers + i * sizeof segment, sizeof segment);
        if (segment.type == segment_interpreter) return Error::no_exec;  // dynamic linking is not there
        if (segment.type != segment_load) continue;
        if (Status added = add_segment(plan, segment, base, file_size); !added) return added.error();
    }
    if (plan.segment_count == 0 || header.entry > layout::mmap_top) return Error::no_exec;
    plan.entry = base + header.entry;
    plan.program_headers = headers_in_memory(plan, header);
    if (!entry_is_mapped(plan)) return Error::no_exec;
    return plan;
}

bool is_script(std::span<const std::byte> head) {
    return head.size() >= 2 && head[0] == std::byte{'#'} && head[1] == std::byte{'!'};
}

Result<ScriptLine> parse_script(std::span<const std::byte> head) {
    const std::string_view text{reinterpret_cast<const char *>(head.data()), head.size()};
    const std::size_t newline = text.find('\n');
    // A file may end without a newline, but a line that is cut by our buffer is refused.
    if (newline == text.npos ? text.size() > script_line_max : newline > script_line_max) return Error::no_exec;
    std::string_view line = part_of(text, 2, newline == text.npos ? text.npos : newline - 2);
    if (line.find('\0') != line.npos) return Error::no_exec;

    const auto trim = [](std::string_view part) {
        while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
        while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
        return part;
    };
    line = trim(line);
    if (line.empty()) return Error::no_exec;
    const std::size_t blank = line.find_first_of(" \t");
    if (blank == line.npos) return ScriptLine{line, {}};
    return ScriptLine{part_of(line, 0, blank), trim(part_of(line, blank))};
}

}  // namespace axo::vfs
