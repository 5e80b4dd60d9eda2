// What the processor has loaded for the running process, and the switch to another: page table, FS and GS base,
// extended state. Each is changed only when it differs.
//
// A process that never used the extended state runs with CR0.TS set: its first use traps (device not available, vector
// 7) and marks it. From then on its state is switched with it; that of others stays in the registers meanwhile.
#pragma once

#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/ports.hpp"
#include "kernel/counters.hpp"
#include "kernel/process.hpp"

namespace axo::kernel::arch {

/// Slots of PerCpu::free_for_entry.
enum : unsigned { loaded_fs_slot, loaded_gs_slot, fpu_enabled_slot };

/// Returns `next`, so that nothing has to be kept over the call.
Process *switch_fpu(PerCpu &cpu, Process &next);

/// The vector of device-not-available: the running process uses the extended state for the first time.
void fpu_first_use(Process &process);

inline void switch_segment_bases(PerCpu &cpu, const Registers &registers) {
    if (registers.fs_base != cpu.free_for_entry[loaded_fs_slot]) {
        cpu.free_for_entry[loaded_fs_slot] = registers.fs_base;
        write_msr(msr::fs_base, registers.fs_base);
    }
    if (registers.gs_base != cpu.free_for_entry[loaded_gs_slot]) {
        cpu.free_for_entry[loaded_gs_slot] = registers.gs_base;
        write_msr(msr::kernel_gs_base, registers.gs_base);  // swapgs brings it in
    }
}

inline void switch_space(PerCpu &cpu, Process &next) {
    cpu.current = &next;
    if (next.root == cpu.loaded_root) return;
    cpu.loaded_root = next.root;
    asm volatile("mov %0, %%cr3" : : "r"(next.root) : "memory");
    ++counters.space_switches;
}

/// To a system process, which has no use for segment bases. Returns &next.
inline Process *switch_to_system(Process &next) {
    PerCpu &cpu = this_cpu();
    switch_space(cpu, next);
    if (next.fpu_used || cpu.free_for_entry[fpu_enabled_slot] != 0) return switch_fpu(cpu, next);
    return &next;
}

/// Returns &next.
inline Process *switch_to(Process &next) {
    PerCpu &cpu = this_cpu();
    switch_space(cpu, next);
    if (next.is_user != 0) switch_segment_bases(cpu, next.registers);
    if (next.fpu_used || cpu.free_for_entry[fpu_enabled_slot] != 0) return switch_fpu(cpu, next);
    return &next;
}

}  // namespace axo::kernel::arch
