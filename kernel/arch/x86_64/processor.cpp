// Turning on what the processor offers: protection features, syscall, and everything enable_features stands for.
// Bit positions: SDM volume 3, 2.5 (control registers); volume 2, CPUID; volume 4 (MSRs).
#include "kernel/arch/x86_64/processor.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/pic.hpp"
#include "kernel/arch/x86_64/ports.hpp"
#include "kernel/arch/x86_64/processor_block.hpp"
#include "kernel/arch/x86_64/segments.hpp"
#include "kernel/arch/x86_64/trap_frame.hpp"

namespace axo::kernel::arch {
namespace {

constexpr std::uint64_t cr0_monitor = 1u << 1, cr0_emulation = 1u << 2, cr0_numeric_error = 1u << 5;
constexpr std::uint64_t cr4_global_pages = 1u << 7, cr4_fxsave = 1u << 9, cr4_simd_exceptions = 1u << 10,
                        cr4_umip = 1u << 11, cr4_xsave = 1u << 18, cr4_smep = 1u << 20, cr4_smap = 1u << 21;
constexpr std::uint64_t efer_syscall = 1;
// A user's trap, interrupt, direction, privilege, nested-task and alignment flags do not enter the kernel.
constexpr std::uint64_t syscall_cleared_flags = 0x4'7700;

std::uint64_t features;

constexpr std::uint64_t when(std::uint32_t word, unsigned bit, std::uint64_t feature) {
    return (word >> bit & 1) != 0 ? feature : 0;
}

std::uint64_t detect() {
    std::uint64_t found = 0;
    const CpuidResult basic = cpuid(1);
    found |= when(basic.ecx, 26, cpu_feature::xsave) | when(basic.ecx, 21, cpu_feature::x2apic);
    if ((found & cpu_feature::xsave) != 0) found |= when(basic.ecx, 28, cpu_feature::avx);
    if (cpuid(0).eax < 7) return found;
    const CpuidResult extended = cpuid(7);
    found |= when(extended.ebx, 7, cpu_feature::smep) | when(extended.ebx, 20, cpu_feature::smap);
    found |= when(extended.ecx, 2, cpu_feature::umip);
    if ((found & cpu_feature::avx) != 0) found |= when(extended.ebx, 16, cpu_feature::avx512);
    return found;
}

void enable_control_bits() {
    std::uint64_t cr0, cr4;
    asm volatile("mov %%cr0, %0" : "=r"(cr0));
    cr0 = (cr0 & ~cr0_emulation) | cr0_monitor | cr0_numeric_error;
    asm volatile("mov %0, %%cr0" : : "r"(cr0));
    asm volatile("mov %%cr4, %0" : "=r"(cr4));
    cr4 |= cr4_global_pages | cr4_fxsave | cr4_simd_exceptions;
    if ((features & cpu_feature::xsave) != 0) cr4 |= cr4_xsave;
    if ((features & cpu_feature::smep) != 0) cr4 |= cr4_smep;
    if ((features & cpu_feature::smap) != 0) cr4 |= cr4_smap;
    if ((features & cpu_feature::umip) != 0) cr4 |= cr4_umip;
    asm volatile("mov %0, %%cr4" : : "r"(cr4));
}

void enable_syscall() {
    // sysret takes CS from bits 48..63 + 16 and SS from + 8, so it counts from the segment before the user's.
    constexpr std::uint64_t user_base = user_data_selector - 8;
    write_msr(msr::star, user_base << 48 | static_cast<std::uint64_t>(kernel_code_selector) << 32);
    write_msr(msr::lstar, reinterpret_cast<std::uint64_t>(&syscall_entry));
    write_msr(msr::sfmask, syscall_cleared_flags);
    write_msr(msr::efer, read_msr(msr::efer) | efer_syscall);
}

}  // namespace

std::uint64_t cpu_features() { return features; }

void enable_features() {
    features = detect();
    enable_control_bits();
    enable_segments();
    enable_interrupt_table();
    enable_syscall();
    enable_fpu(features);
    start_pic();
    start_apic();
}

std::uint64_t timestamp() {
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return static_cast<std::uint64_t>(high) << 32 | low;
}

void load_page_table(PhysAddr root) {
    this_processor().loaded_root = root.value;
    asm volatile("mov %0, %%cr3" : : "r"(root.value) : "memory");
}

void invalidate_page(VirtAddr address) { asm volatile("invlpg (%0)" : : "r"(address.value) : "memory"); }

}  // namespace axo::kernel::arch
