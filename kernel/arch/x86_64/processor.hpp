// What this processor can do, as found at boot.
#pragma once

#include <cstdint>

namespace axo::kernel::arch {

/// Bits of MachineInfo::cpu_features.
namespace cpu_feature {
inline constexpr std::uint64_t smep = 1, smap = 2, umip = 4, xsave = 8, avx = 16, avx512 = 32, x2apic = 64;
}  // namespace cpu_feature

struct CpuidResult {
    std::uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    CpuidResult result;
    asm volatile("cpuid"
                 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                 : "a"(leaf), "c"(subleaf));
    return result;
}

/// Chooses between XSAVE and FXSAVE and sets up XCR0; part of enable_features.
void enable_fpu(std::uint64_t features);
/// Loads GDT, TSS and GS base of the boot processor; part of enable_features.
void enable_segments();
/// Fills in and loads the IDT; part of enable_features.
void enable_interrupt_table();

}  // namespace axo::kernel::arch
