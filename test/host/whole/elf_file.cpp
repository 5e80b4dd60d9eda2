#include <link.h>

#include <cstring>

#include "axo/types.hpp"
#include "test/host/fake/elf_image.hpp"
#include "test/host/whole/bytes.hpp"
#include "test/host/whole/programs.hpp"
#include "test/host/whole/raw_copy.hpp"

namespace axo::whole {

namespace {

struct Segment {
    std::uint64_t start, bytes;
    std::uint32_t flags;
    const void *content;  // null: zeros
};

Segment of_the_host(std::uint64_t start, std::uint64_t bytes, std::uint32_t flags) {
    return {start, bytes, flags, reinterpret_cast<const void *>(start)};
}

/// The constants of the host program: what lies between its text and its unwinding tables, and what is read-only once
/// it has been relocated.
std::vector<Segment> constants() {
    std::vector<Segment> found;
    dl_iterate_phdr(
        [](dl_phdr_info *info, std::size_t, void *into) {
            auto &segments = *static_cast<std::vector<Segment> *>(into);
            std::uint64_t unwinding = 0;
            for (int i = 0; i < info->dlpi_phnum; ++i)
                if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME) unwinding = info->dlpi_phdr[i].p_vaddr;
            for (int i = 0; i < info->dlpi_phnum; ++i) {
                const auto &part = info->dlpi_phdr[i];
                const bool holds = part.p_vaddr <= unwinding && unwinding < part.p_vaddr + part.p_memsz;
                if (part.p_type == PT_LOAD && holds)
                    segments.push_back(of_the_host(part.p_vaddr, unwinding - part.p_vaddr, PF_R));
                if (part.p_type == PT_GNU_RELRO) segments.push_back(of_the_host(part.p_vaddr, part.p_memsz, PF_R));
            }
            return 1;  // only the program itself, which comes first
        },
        &found);
    return found;
}

/// The program headers, for contents that follow one another, each from a page of its own on.
void append_headers(std::vector<std::byte> &file, const std::vector<Segment> &segments) {
    std::uint64_t offset = page_size;
    for (const Segment &segment : segments) {
        Elf64_Phdr part{};
        part.p_type = PT_LOAD;
        part.p_flags = segment.flags;
        part.p_offset = offset + segment.start % page_size;
        part.p_vaddr = part.p_paddr = segment.start;
        part.p_filesz = segment.content == nullptr ? 0 : segment.bytes;
        part.p_memsz = segment.bytes;
        part.p_align = page_size;
        append(file, part);
        if (segment.content != nullptr) offset = page_up(part.p_offset + segment.bytes);
    }
}

/// Returns where in the file it lies.
std::uint64_t append_content(std::vector<std::byte> &file, const Segment &segment) {
    file.resize(page_up(file.size()) + segment.start % page_size);
    const std::size_t before = file.size();
    file.resize(before + segment.bytes);
    raw_copy(file.data() + before, segment.content, segment.bytes);
    return before;
}

/// RS finds the table of the State by its section's name.
void append_sections(std::vector<std::byte> &file, std::uint64_t schema_offset, std::uint64_t schema_bytes) {
    static constexpr char names[] = "\0.axo.names\0.axo.schema";
    Elf64_Shdr sections[3]{};
    sections[1].sh_name = 1;
    sections[1].sh_type = SHT_STRTAB;
    sections[1].sh_offset = file.size();
    sections[1].sh_size = sizeof names;
    sections[2].sh_name = 12;
    sections[2].sh_type = SHT_PROGBITS;
    sections[2].sh_offset = schema_offset;
    sections[2].sh_size = schema_bytes;
    append(file, names);
    file.resize(page_up(file.size()));
    auto &header = *reinterpret_cast<Elf64_Ehdr *>(file.data());
    header.e_shoff = file.size();
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 3;
    header.e_shstrndx = 1;
    append(file, sections);
}

}  // namespace

std::vector<std::byte> elf_of(const void *entry, Kind kind, std::span<const std::byte> schema) {
    const auto address = reinterpret_cast<std::uint64_t>(entry);
    std::vector<Segment> segments{of_the_host(page_down(address), page_size, PF_R | PF_X)};
    for (const Segment &part : constants()) segments.push_back(part);
    const std::vector<std::byte> no_schema(page_size);
    if (kind == Kind::service) {
        segments.push_back({schema_address, page_size, PF_R, schema.empty() ? no_schema.data() : schema.data()});
        segments.push_back({context_address, context_bytes, PF_R | PF_W, nullptr});
    }
    std::vector<std::byte> file;
    append(file, fake::elf_header(address, segments.size()));
    append_headers(file, segments);
    std::uint64_t schema_offset = 0;
    for (const Segment &segment : segments) {
        if (segment.content == nullptr) continue;
        const std::uint64_t offset = append_content(file, segment);
        if (segment.start == schema_address) schema_offset = offset;
    }
    if (!schema.empty()) append_sections(file, schema_offset, schema.size());
    return file;
}

}  // namespace axo::whole
