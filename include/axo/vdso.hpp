// The data page that the vDSO reads: written by VM, mapped read-only into every user program, one page
// below the code. Same arithmetic as the kernel's clock, so both agree to the nanosecond.
#pragma once

#include <cstdint>

namespace axo {

struct VdsoData {
    std::uint64_t sequence;          // odd while being written
    std::uint64_t tsc_at_boot;
    std::uint64_t factor;            // nanoseconds = (tsc - tsc_at_boot) * factor / 2^32
    std::uint64_t wall_clock_at_boot;  // nanoseconds since 1970
};

constexpr std::uint64_t vdso_factor(std::uint64_t tsc_hz) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(1'000'000'000) << 32) / tsc_hz);
}

namespace vdso {
extern "C" const std::uint8_t vdso_image[];
extern "C" const std::uint64_t vdso_image_bytes;
}  // namespace vdso

namespace layout {
inline constexpr std::uint64_t vdso_data = 0x0000'7fff'f000'0000;
inline constexpr std::uint64_t vdso_code = vdso_data + 4096;  // value of AT_SYSINFO_EHDR
}  // namespace layout

}  // namespace axo
