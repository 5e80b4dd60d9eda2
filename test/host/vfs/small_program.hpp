// A static program of one text segment, as small as VFS takes one.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>

namespace axo::fake {

inline std::string small_program() {
    std::string image(0x1200, '\0');
    Elf64_Ehdr header{};
    const unsigned char ident[] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
    std::memcpy(header.e_ident, ident, sizeof ident);
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = 0x400100;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    const Elf64_Phdr text{PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 0x1200, 0x1200, 0x1000};
    std::memcpy(image.data(), &header, sizeof header);
    std::memcpy(image.data() + sizeof header, &text, sizeof text);
    return image;
}

}  // namespace axo::fake
