// What the processor has loaded for the running process, and the switch to another: page table, FS and GS base,
// extended state. Each is changed only when it differs.
//
// A process that never used the extended state runs with CR0.TS set: its first use traps (device not available, vector
// 7) and marks it. From then on its state is switched with it; that of others stays in the registers meanwhile.
#pragma once

#include "kernel/arch/x86_64/ports.hpp"
#include "kernel/arch/x86_64/processor_block.hpp"
#include "kernel/counters.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel::arch {

/// Slots of ProcessorBlock::free_for_entry.
enum : unsigned { loaded_fs_slot, loaded_gs_slot, fpu_enabled_slot };

inline void allow_fpu(ProcessorBlock &cpu) {
    asm volatile("clts");
    cpu.free_for_entry[fpu_enabled_slot] = 1;
}

inline void forbid_fpu(ProcessorBlock &cpu) {
    constexpr std::uint64_t task_switched = 1u << 3;
    std::uint64_t cr0;
    asm volatile("mov %%cr0, %0" : "=r"(cr0));
    asm volatile("mov %0, %%cr0" : : "r"(cr0 | task_switched));
    cpu.free_for_entry[fpu_enabled_slot] = 0;
}

/// The state of `next` into the registers, that of whoever owns them to its image; the unit is switched on.
/// Returns &next, so that nothing has to be kept over the call.
Process *bring_in_fpu(ProcessorBlock &cpu, Process &next);

/// Returns &next.
inline Process *switch_fpu(ProcessorBlock &cpu, Process &next) {
    const bool enabled = cpu.free_for_entry[fpu_enabled_slot] != 0;
    if (next.fpu_used) {
        if (!enabled) allow_fpu(cpu);
        return cpu.fpu_owner == &next ? &next : bring_in_fpu(cpu, next);
    }
    if (enabled) forbid_fpu(cpu);
    return &next;
}

/// The vector of device-not-available: the running process uses the extended state for the first time.
void fpu_first_use(Process &process);

inline void switch_segment_bases(ProcessorBlock &cpu, const Registers &registers) {
    if (registers.fs_base != cpu.free_for_entry[loaded_fs_slot]) {
        cpu.free_for_entry[loaded_fs_slot] = registers.fs_base;
        write_msr(msr::fs_base, registers.fs_base);
    }
    if (registers.gs_base != cpu.free_for_entry[loaded_gs_slot]) {
        cpu.free_for_entry[loaded_gs_slot] = registers.gs_base;
        write_msr(msr::kernel_gs_base, registers.gs_base);  // swapgs brings it in
    }
}

inline void switch_space(ProcessorBlock &cpu, Process &next) {
    cpu.current = &next;
    if (next.root == cpu.loaded_root) return;
    cpu.loaded_root = next.root;
    asm volatile("mov %0, %%cr3" : : "r"(next.root) : "memory");
    ++kernel::this_cpu().counters.space_switches;
}

/// To a system process, which has no use for segment bases. Returns &next.
inline Process *switch_to_system(Process &next) {
    ProcessorBlock &cpu = this_processor();
    switch_space(cpu, next);
    return switch_fpu(cpu, next);
}

/// Returns &next.
inline Process *switch_to(Process &next) {
    ProcessorBlock &cpu = this_processor();
    switch_space(cpu, next);
    if (next.is_user != 0) switch_segment_bases(cpu, next.registers);
    return switch_fpu(cpu, next);
}

}  // namespace axo::kernel::arch
