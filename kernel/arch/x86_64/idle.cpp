// Waiting for an interrupt, and letting one in.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/processor_block.hpp"

namespace axo::kernel::arch {
namespace {

[[noreturn]] void ask_scheduler() { schedule_and_resume(); }

}  // namespace

void idle_wait() {
    // sti takes effect after the next instruction: no interrupt falls between it and hlt. The stack starts anew, since
    // the scheduler comes back here without ever returning.
    asm volatile("sti; hlt; cli");
    asm volatile("mov %0, %%rsp; xor %%ebp, %%ebp; call *%1"
                 :
                 : "r"(this_processor().kernel_stack_top), "r"(&ask_scheduler)
                 : "memory");
    __builtin_unreachable();
}

void poll_interrupts() { asm volatile("sti; nop; cli" : : : "memory"); }

}  // namespace axo::kernel::arch
