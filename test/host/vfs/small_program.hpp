// A static program of one text segment, as small as VFS takes one.
#pragma once

#include <string>

#include "test/host/fake/elf_image.hpp"

namespace axo::fake {

inline std::string small_program() {
    constexpr Elf64_Phdr text[] = {{PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 0x1200, 0x1200, 0x1000}};
    const auto image = elf_image<char>(elf_header(0x400100, 1), text, 0x1200);
    return {image.begin(), image.end()};
}

}  // namespace axo::fake
