// sources: kernel/boot/elf.cpp
// ELF validation of boot services: one broken field per rule.
#include "kernel/boot/elf.hpp"

#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <vector>

#include "test/host/fake/elf_image.hpp"

namespace axo::kernel::boot {
namespace {

/// Text at 0x401000 (file page 1), data with zeros behind it at 0x402000 (file page 2).
class Program {
public:
    Program() : bytes(fake::elf_image(fake::elf_header(0x401010, 3), segments, 3 * page_size)) {}
    Elf64_Ehdr &header() { return *reinterpret_cast<Elf64_Ehdr *>(bytes.data()); }
    Elf64_Phdr &segment(unsigned index) {
        return reinterpret_cast<Elf64_Phdr *>(bytes.data() + sizeof(Elf64_Ehdr))[index];
    }
    std::vector<std::byte> bytes;

private:
    static constexpr Elf64_Phdr segments[] = {{PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16},
                                              {PT_LOAD, PF_R | PF_X, 0x1000, 0x401000, 0, 0x800, 0x800, 0x1000},
                                              {PT_LOAD, PF_R | PF_W, 0x2010, 0x402010, 0, 0x100, 0x3000, 0x1000}};
};

void refuses(const std::function<void(Program &)> &breakage) {
    Program program;
    breakage(program);
    const auto image = parse_elf(program.bytes);
    ASSERT_FALSE(image.has_value());
    EXPECT_EQ(image.error(), Error::no_exec);
}

TEST(ElfTest, good_program_is_accepted) {
    const Program program;
    const auto image = parse_elf(program.bytes);
    ASSERT_TRUE(image.has_value());
    EXPECT_EQ(image->entry.value, 0x401010u);
    ASSERT_EQ(image->segment_count, 2u);
    EXPECT_EQ(image->segments[0].flags, map_flag::execute);
    EXPECT_EQ(image->segments[1].flags, map_flag::write);
    EXPECT_EQ(image->segments[1].first_page(), 0x402000u);
    EXPECT_EQ(image->segments[1].end_page(), 0x406000u);
}

TEST(ElfTest, foreign_file_is_refused) {
    refuses([](Program &p) { p.bytes.resize(63); });
    refuses([](Program &p) { p.header().e_ident[1] = 'X'; });
    refuses([](Program &p) { p.header().e_ident[EI_CLASS] = ELFCLASS32; });
    refuses([](Program &p) { p.header().e_ident[EI_DATA] = ELFDATA2MSB; });
    refuses([](Program &p) { p.header().e_type = ET_DYN; });
    refuses([](Program &p) { p.header().e_machine = EM_AARCH64; });
    refuses([](Program &p) { p.header().e_version = 2; });
}

TEST(ElfTest, segment_table_outside_the_file_is_refused) {
    refuses([](Program &p) { p.header().e_phnum = 0; });
    refuses([](Program &p) { p.header().e_phentsize = 32; });
    refuses([](Program &p) { p.header().e_phoff = p.bytes.size() - 8; });
    refuses([](Program &p) { p.header().e_phoff = ~0ull - 8; });
    refuses([](Program &p) { p.header().e_phnum = 0xffff; });
}

TEST(ElfTest, segment_outside_the_file_is_refused) {
    refuses([](Program &p) { p.segment(2).p_offset = 0x4010; });
    refuses([](Program &p) { p.segment(2).p_offset = ~0xfefull; });
    refuses([](Program &p) { p.segment(1).p_filesz = p.segment(1).p_memsz = 0x2001; });
    refuses([](Program &p) { p.segment(2).p_filesz = 0x3001; });
}

TEST(ElfTest, segment_outside_program_addresses_is_refused) {
    refuses([](Program &p) { p.segment(1).p_vaddr = 0x1000; });
    refuses([](Program &p) { p.segment(2).p_vaddr = layout::arena_a + 0x10; });
    refuses([](Program &p) { p.segment(2).p_vaddr = layout::kernel_image + 0x10; });
    refuses([](Program &p) { p.segment(2).p_memsz = layout::arena_a; });
    refuses([](Program &p) { p.segment(2).p_memsz = ~0ull; });
    refuses([](Program &p) { p.segment(2).p_vaddr += 8; });
}

TEST(ElfTest, writable_code_is_refused) {
    refuses([](Program &p) { p.segment(1).p_flags |= PF_W; });
}

TEST(ElfTest, segments_that_share_a_page_or_descend_are_refused) {
    refuses([](Program &p) { p.segment(1).p_memsz = 0x1001; });
    refuses([](Program &p) { std::swap(p.segment(1), p.segment(2)); });
}

TEST(ElfTest, program_that_needs_a_linker_is_refused) {
    refuses([](Program &p) { p.segment(0).p_type = PT_INTERP; });
    refuses([](Program &p) { p.segment(0).p_type = PT_DYNAMIC; });
}

TEST(ElfTest, entry_outside_the_code_is_refused) {
    refuses([](Program &p) { p.header().e_entry = 0x402020; });
    refuses([](Program &p) { p.header().e_entry = 0x401800; });
    refuses([](Program &p) { p.header().e_entry = 0; });
}

TEST(ElfTest, more_segments_than_the_image_holds_are_refused) {
    refuses([](Program &p) {
        p.header().e_phnum = ElfImage::max_segments + 1;
        for (unsigned i = 0; i <= ElfImage::max_segments; ++i)
            p.segment(i) = {PT_LOAD, PF_R | PF_X, 0x1000, 0x401000 + i * 0x1000, 0, 0x800, 0x800, 0x1000};
    });
}

}  // namespace
}  // namespace axo::kernel::boot
