// A small valid static ELF64 program, for the three readers of such files.
#pragma once

#include <elf.h>

#include "test/fuzz/fuzz.hpp"

namespace fuzz {

/// Code at `base` + 0x1000, data with zeros behind it at + 0x2000; three headers, 12 KiB or just the first bytes of it.
inline Bytes elf_program(std::uint64_t base, std::uint16_t type, std::size_t bytes = 0x3000) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = type;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = base + 0x1010;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 3;
    const Elf64_Phdr segments[] = {{PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16},
                                   {PT_LOAD, PF_R | PF_X, 0x1000, base + 0x1000, 0, 0x800, 0x800, 0x1000},
                                   {PT_LOAD, PF_R | PF_W, 0x2010, base + 0x2010, 0, 0x100, 0x3000, 0x1000}};
    Bytes file;
    append(file, header);
    append(file, segments);
    file.resize(bytes);
    return file;
}

}  // namespace fuzz
