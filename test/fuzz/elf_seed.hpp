// A small valid static ELF64 program, for the three readers of such files.
#pragma once

#include "test/fuzz/fuzz.hpp"
#include "test/host/fake/elf_image.hpp"

namespace fuzz {

/// Code at `base` + 0x1000, data with zeros behind it at + 0x2000; three headers, 12 KiB or just the first bytes of it.
inline Bytes elf_program(std::uint64_t base, std::uint16_t type, std::size_t bytes = 0x3000) {
    const Elf64_Phdr segments[] = {{PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16},
                                   {PT_LOAD, PF_R | PF_X, 0x1000, base + 0x1000, 0, 0x800, 0x800, 0x1000},
                                   {PT_LOAD, PF_R | PF_W, 0x2010, base + 0x2010, 0, 0x100, 0x3000, 0x1000}};
    return axo::fake::elf_image<std::uint8_t>(axo::fake::elf_header(base + 0x1010, 3, type), segments, bytes);
}

}  // namespace fuzz
