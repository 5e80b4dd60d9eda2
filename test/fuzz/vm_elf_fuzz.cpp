// sources: servers/vm/load/elf_image.cpp
// VM's ELF reader for images of services, of which it sees only the first bytes.
#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"
#include "servers/vm/load/elf_image.hpp"
#include "test/fuzz/elf_seed.hpp"

namespace {

using namespace axo;
constexpr std::uint64_t file_bytes = 0x3000;

void check(const vm::ImageSegment &segment, std::uint64_t floor) {
    constexpr auto both = map_flag::write | map_flag::execute;
    fuzz::require(segment.file_offset <= file_bytes && segment.file_bytes <= file_bytes - segment.file_offset,
                  "in the file");
    fuzz::require(segment.file_bytes <= segment.bytes && segment.bytes > 0, "sizes");
    fuzz::require(segment.address / page_size * page_size >= floor, "ascending");
    fuzz::require(segment.address >= layout::user_first && segment.address + segment.bytes <= layout::arena_a,
                  "in user space");
    fuzz::require((segment.flags & both) != both, "W^X");
}

}  // namespace

std::vector<fuzz::Bytes> fuzz::seeds() { return {elf_program(0x400000, ET_EXEC, vm::ElfImage::header_bytes)}; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto image = vm::ElfImage::parse(std::as_bytes(std::span(data, size)), file_bytes);
    if (!image) return 0;
    fuzz::require(image->segment_count >= 1 && image->segment_count <= vm::ElfImage::max_segments, "segment count");
    std::uint64_t floor = 0;
    for (unsigned i = 0; i < image->segment_count; ++i) {
        check(image->segments[i], floor);
        floor = (image->segments[i].address + image->segments[i].bytes + page_size - 1) / page_size * page_size;
    }
    return 0;
}
