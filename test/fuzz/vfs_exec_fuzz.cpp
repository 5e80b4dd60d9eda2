// sources: servers/vfs/exec/image.cpp
// VFS's reader of programs and scripts, of which it sees the first 4096 bytes.
#include "axo/layout.hpp"
#include "servers/vfs/exec/image.hpp"
#include "test/fuzz/elf_seed.hpp"

namespace {

using namespace axo;
constexpr std::uint64_t file_bytes = 0x3000;

void check_program(const vfs::ExecPlan &plan) {
    fuzz::require(plan.segment_count >= 1 && plan.segment_count <= vfs::max_segments, "segment count");
    std::uint64_t floor = layout::user_first;
    for (const vm::ExecSegment &segment : std::span(plan.segments, plan.segment_count)) {
        const std::uint64_t start = segment.address.value, end = start + segment.bytes;
        fuzz::require(segment.file_offset <= file_bytes && segment.file_bytes <= file_bytes - segment.file_offset,
                      "in the file");
        fuzz::require(segment.file_bytes <= segment.bytes && segment.bytes > 0, "sizes");
        fuzz::require(start / page_size * page_size >= floor, "ascending, no page shared");
        fuzz::require(end > start && end <= layout::mmap_top, "in user space");
        floor = (end + page_size - 1) / page_size * page_size;
    }
}

void check_script(std::span<const std::byte> head) {
    const auto line = vfs::parse_script(head);
    if (!line) return;
    fuzz::require(!line->interpreter.empty(), "an interpreter is named");
    fuzz::require(line->interpreter.find_first_of(std::string_view(" \t\n\0", 4)) == std::string_view::npos,
                  "interpreter is one word");
    fuzz::require(line->argument.find_first_of(std::string_view("\n\0", 2)) == std::string_view::npos,
                  "argument is one line");
}

}  // namespace

std::vector<fuzz::Bytes> fuzz::seeds() {
    return {elf_program(0x400000, ET_EXEC, 4096), elf_program(0, ET_DYN, 4096), bytes_of("#!/bin/sh\n"),
            bytes_of("#! /bin/sh -e \necho"), bytes_of("#!\t/bin/awk\t-f x y")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto head = std::as_bytes(std::span(data, size));
    if (vfs::is_script(head)) check_script(head);
    if (const auto plan = vfs::parse_elf(head, file_bytes)) check_program(*plan);
    return 0;
}
