// Segment selectors, in the order that `syscall` and `sysret` demand (SDM volume 2, SYSRET).
#pragma once

#include <cstdint>

namespace axo::kernel::arch {

inline constexpr std::uint16_t kernel_code_selector = 0x08;
inline constexpr std::uint16_t kernel_data_selector = 0x10;
inline constexpr std::uint16_t user_data_selector = 0x20 | 3;  // 0x18 is the 32-bit code segment that STAR counts from
inline constexpr std::uint16_t user_code_selector = 0x28 | 3;
inline constexpr std::uint16_t tss_selector = 0x30;

}  // namespace axo::kernel::arch
