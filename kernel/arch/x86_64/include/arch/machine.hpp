// Facts of this machine that the portable core must know.
#pragma once

#include <cstdint>

namespace axo::kernel::arch {

inline constexpr unsigned interrupt_lines = 16;   // the two 8259
inline constexpr std::uint16_t elf_machine = 62;  // EM_X86_64
inline constexpr std::uint64_t console_line = 4;  // COM1's, with whose owner the kernel must not share the port

}  // namespace axo::kernel::arch
