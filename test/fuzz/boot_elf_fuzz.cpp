// sources: kernel/boot/elf.cpp
// The kernel's ELF reader: accepted segments lie in the file, ascend, share no page and are W^X.
#include "kernel/boot/elf.hpp"

#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"
#include "test/fuzz/elf_seed.hpp"

namespace {

using namespace axo;
using namespace axo::kernel::boot;

void check(const ElfSegment &segment, std::uint64_t floor, std::size_t file_bytes) {
    constexpr auto both = map_flag::write | map_flag::execute;
    fuzz::require(segment.file_offset <= file_bytes && segment.file_bytes <= file_bytes - segment.file_offset,
                  "in the file");
    fuzz::require(segment.file_bytes <= segment.memory_bytes && segment.memory_bytes > 0, "sizes");
    fuzz::require(segment.first_page() >= floor && segment.end_page() > segment.first_page(), "ascending");
    fuzz::require(segment.first_page() >= layout::user_first && segment.end_page() <= layout::arena_a, "in user space");
    fuzz::require((segment.flags & both) != both, "W^X");
}

}  // namespace

std::vector<fuzz::Bytes> fuzz::seeds() { return {elf_program(0x400000, ET_EXEC)}; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto image = parse_elf(std::as_bytes(std::span(data, size)));
    if (!image) {
        fuzz::require(image.error() == Error::no_exec, "the error is no_exec");
        return 0;
    }
    fuzz::require(image->segment_count >= 1 && image->segment_count <= ElfImage::max_segments, "segment count");
    std::uint64_t floor = 0;
    for (unsigned i = 0; i < image->segment_count; ++i) {
        check(image->segments[i], floor, size);
        floor = image->segments[i].end_page();
    }
    return 0;
}
