// From the stubs of entry.asm into the core and back out: traps, exceptions, and the switch between processes.
#include "kernel/arch/x86_64/context.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/arch/x86_64/trap_frame.hpp"
#include "kernel/arch/x86_64/vectors.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/kernel_call.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {

namespace {

std::uint64_t faulting_address() {
    std::uint64_t address;
    asm volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}

/// The caller of a kernel call goes on without asking the scheduler.
bool goes_on(const Process &process) { return process.run_flags == 0 && !this_cpu().scheduler.ask; }

}  // namespace

extern "C" {

Process *fast_user_call(Process *caller);  // fast_path.cpp
[[noreturn]] void leave_after_syscall(Process *process);
[[noreturn]] void leave_after_interrupt(Process *process);

Process *user_call_trap(Process *caller) {
    if (Process *next = fast_user_call(caller); next != nullptr) return next;
    user_call(*caller);
    if (!goes_on(*caller)) schedule_and_resume();
    return caller;
}

[[noreturn]] void system_trap(Process *caller) {
    ipc_trap(*caller);
    if (goes_on(*caller)) arch::resume_user(*caller);
    schedule_and_resume();
}

[[noreturn]] void leave_by_scheduler() { schedule_and_resume(); }

[[noreturn]] void user_interrupted(Process *process, std::uint64_t vector, std::uint64_t error) {
    if (vector >= arch::first_interrupt_vector) {
        kernel_interrupt(static_cast<unsigned>(vector));
        schedule_and_resume();
    }
    if (vector == arch::no_fpu_vector) {
        arch::fpu_first_use(*process);
        arch::resume_user(*process);
    }
    const std::uint64_t address = vector == arch::page_fault_vector ? faulting_address() : 0;
    user_exception(*process, arch::describe(static_cast<unsigned>(vector), error, address));
    schedule_and_resume();
}

}  // extern "C"

namespace arch {

PhysAddr loaded_page_table() { return {this_processor().loaded_root}; }

void set_current(Process *process) { this_processor().current = process; }

void resume_user(Process &process) {
    switch_to(process);
    if (process.full_restore != 0) leave_after_interrupt(&process);
    leave_after_syscall(&process);
}

}  // namespace arch
}  // namespace axo::kernel
