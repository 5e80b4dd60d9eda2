// Programs for this processor, as small as a test wants them: a header, program headers behind it, and the rest.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace axo::fake {

/// Its program headers, so many, come right behind it.
inline Elf64_Ehdr elf_header(std::uint64_t entry, std::size_t segments, std::uint16_t type = ET_EXEC) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = type;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = entry;
    header.e_phoff = header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = static_cast<Elf64_Half>(segments);
    return header;
}

/// Both, and then `fill`: a file of so many bytes, or just its first.
template <typename Byte = std::byte>
std::vector<Byte> elf_image(const Elf64_Ehdr &header, std::span<const Elf64_Phdr> segments, std::size_t bytes,
                            Byte fill = {}) {
    std::vector<Byte> image(sizeof header + segments.size_bytes(), fill);
    std::memcpy(image.data(), &header, sizeof header);
    std::memcpy(image.data() + sizeof header, segments.data(), segments.size_bytes());
    image.resize(bytes, fill);
    return image;
}

}  // namespace axo::fake
