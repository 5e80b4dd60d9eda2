// From the stubs of entry.asm into the core and back out: traps, exceptions, and the switch between processes.
#include "kernel/arch/x86_64/context.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/arch/x86_64/trap_frame.hpp"
#include "kernel/ipc.hpp"
#include "kernel/ipc_fast.hpp"
#include "kernel/kernel_call.hpp"

namespace axo::kernel {

static_assert(offsetof(Process, run_flags) == 160 && offsetof(Process, is_user) == 172);
static_assert(offsetof(Process, full_restore) == 175, "entry.asm knows these offsets");

namespace {

constexpr unsigned device_not_available = 7, page_fault_vector = 14, first_interrupt = 32;

std::uint64_t faulting_address() {
    std::uint64_t address;
    asm volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}

/// The caller of a kernel call goes on without asking the scheduler.
bool goes_on(const Process &process) { return process.run_flags == 0 && !scheduler.ask; }

}  // namespace

extern "C" {

[[noreturn]] void leave_after_syscall(Process *process);
[[noreturn]] void leave_after_interrupt(Process *process);

Process *fast_request(Process *caller, std::uint64_t header, std::uint64_t tag, std::uint32_t peer) {
    Process *next = try_fast_request(*caller, header, tag, {peer}, __builtin_ia32_rdtsc());
    if (next != nullptr) arch::switch_to(*next);
    return next;
}

Process *fast_reply(Process *server, std::uint64_t header, std::uint64_t tag, std::uint32_t peer, std::uint64_t word0,
                    std::uint32_t from) {
    Process *next = try_fast_reply(*server, header, tag, {peer}, word0, {from}, __builtin_ia32_rdtsc());
    if (next != nullptr) arch::switch_to(*next);
    return next;
}

Process *user_call_trap(Process *caller) {
    if (Process *next = try_fast_user_call(*caller, __builtin_ia32_rdtsc()); next != nullptr) {
        arch::switch_to(*next);
        return next;
    }
    user_call(*caller);
    if (!goes_on(*caller)) schedule_and_resume();
    return caller;
}

[[noreturn]] void system_trap(Process *caller) {
    ipc_trap(*caller);
    schedule_and_resume();
}

[[noreturn]] void leave_by_scheduler() { schedule_and_resume(); }

[[noreturn]] void user_interrupted(Process *process, std::uint64_t vector, std::uint64_t error) {
    if (vector >= first_interrupt) {
        kernel_interrupt(static_cast<unsigned>(vector));
        schedule_and_resume();
    }
    if (vector == device_not_available) {
        arch::fpu_first_use(*process);
        arch::resume_user(*process);
    }
    const std::uint64_t address = vector == page_fault_vector ? faulting_address() : 0;
    user_exception(*process, static_cast<unsigned>(vector), error, address);
    schedule_and_resume();
}

}  // extern "C"

namespace arch {

PhysAddr loaded_page_table() { return {this_cpu().loaded_root}; }

void set_current(Process *process) { this_cpu().current = process; }

void resume_user(Process &process) {
    switch_to(process);
    if (process.full_restore != 0) leave_after_interrupt(&process);
    leave_after_syscall(&process);
}

namespace {

constexpr std::uint32_t msr_fs_base = 0xc0000100, msr_kernel_gs_base = 0xc0000102;

void write_msr(std::uint32_t number, std::uint64_t value) {
    asm volatile("wrmsr" : : "c"(number), "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32)));
}

}  // namespace

void switch_segment_bases(PerCpu &cpu, const Registers &registers) {
    if (registers.fs_base != cpu.free_for_entry[loaded_fs_slot]) {
        cpu.free_for_entry[loaded_fs_slot] = registers.fs_base;
        write_msr(msr_fs_base, registers.fs_base);
    }
    if (registers.gs_base != cpu.free_for_entry[loaded_gs_slot]) {
        cpu.free_for_entry[loaded_gs_slot] = registers.gs_base;
        write_msr(msr_kernel_gs_base, registers.gs_base);  // swapgs brings it in
    }
}

}  // namespace arch
}  // namespace axo::kernel
