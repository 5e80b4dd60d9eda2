// The registers of interrupted kernel code, as the stubs of entry.asm leave them on the stack.
//
// A stub that finds the kernel interrupted (RPL of the saved CS is 0) pushes, in this order, the error code (a zero
// where the processor pushes none), the vector, then rax rbx rcx rdx rsi rdi rbp r8 .. r15. rsp then points at r15.
// It calls kernel_trap(rsp) with the stack 16-byte aligned, takes the registers back and leaves with iretq.
#pragma once

#include <cstddef>
#include <cstdint>

namespace axo::kernel {

struct TrapFrame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    std::uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    std::uint64_t vector, error;             // pushed by the stub; the error also by the processor
    std::uint64_t rip, cs, rflags, rsp, ss;  // pushed by the processor
};
static_assert(offsetof(TrapFrame, rax) == 14 * 8 && offsetof(TrapFrame, vector) == 15 * 8);
static_assert(offsetof(TrapFrame, rip) == 17 * 8 && sizeof(TrapFrame) == 22 * 8);

/// An exception inside the kernel: prints and stops.
[[noreturn]] void kernel_exception(const TrapFrame &frame, unsigned vector, std::uint64_t error, std::uint64_t address);

}  // namespace axo::kernel

extern "C" {

/// Everything that interrupts the kernel itself: exceptions (kernel_exception, never returns) and, in idle_wait and
/// poll_interrupts, interrupts (kernel_interrupt; returns). NMI, double fault and machine check come on their own
/// stacks.
void kernel_trap(axo::kernel::TrapFrame *frame);

/// An interrupt with vector >= 0x20, from either mode: acknowledges it and calls irq_fired or timer_fired. Interrupts
/// are off and stay off. The caller then returns (kernel mode) or asks schedule_and_resume (user mode).
void kernel_interrupt(unsigned vector);

/// Exported by entry.asm: the address of the stub of every vector. Vectors 2, 8 and 18 arrive on interrupt stacks
/// and may have interrupted the kernel with the user's GS base still loaded.
extern const std::uint64_t exception_stubs[256];

/// Exported by entry.asm: what the `syscall` instruction enters.
void syscall_entry();
}
