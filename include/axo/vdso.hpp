// The data page that the vDSO reads: written by VM, mapped read-only into every user program, one page
// below the code. Same arithmetic as the kernel's clock, so both agree to the nanosecond.
#pragma once

#include "axo/layout.hpp"
#include "axo/shared.hpp"

namespace axo {

struct VdsoData {
    Shared<std::uint64_t> sequence;  // odd while being written
    Shared<std::uint64_t> tsc_at_boot;
    Shared<std::uint64_t> factor;              // nanoseconds = (tsc - tsc_at_boot) * factor / 2^32
    Shared<std::uint64_t> wall_clock_at_boot;  // nanoseconds since 1970
};

constexpr std::uint64_t vdso_factor(std::uint64_t tsc_hz) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(1'000'000'000) << 32) / tsc_hz);
}

namespace vdso {
extern "C" const std::uint8_t vdso_image[];
extern "C" const std::uint64_t vdso_image_bytes;
}  // namespace vdso

namespace layout {
// Next to the stack, so that both share their page tables.
inline constexpr std::uint64_t vdso_data = stack_end;
inline constexpr std::uint64_t vdso_code = vdso_data + 4096;  // value of AT_SYSINFO_EHDR
static_assert(vdso_code + 4096 == mapping_end);
}  // namespace layout

}  // namespace axo
