// What one processor owns. The GS base points here in kernel mode; in user mode KERNEL_GS_BASE does (swapgs).
#pragma once

#include "axo/types.hpp"

#include <cstddef>
#include <cstdint>

namespace axo::kernel {
struct Process;
}

namespace axo::kernel::arch {

/// 64-bit task state segment (SDM volume 3, 8.7): the stacks for interrupts out of user mode and for the IST.
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved0;
    std::uint64_t rsp[3];
    std::uint64_t reserved1;
    std::uint64_t ist[7];
    std::uint64_t reserved2;
    std::uint16_t reserved3;
    std::uint16_t io_map_base;  // past the limit: no port is open to user mode
};
static_assert(sizeof(TaskState) == 104);

struct ProcessorBlock {
    ProcessorBlock *self;
    std::uint64_t kernel_stack_top;    // 16-byte aligned; every entry from user mode starts here
    std::uint64_t user_rsp_scratch;    // syscall_entry parks the user's rsp here
    Process *current;                  // whose registers an entry saves; null: idle
    std::uint64_t loaded_root;         // what CR3 holds
    Process *fpu_owner;                // whose extended state is in the registers
    std::uint64_t free_for_entry[10];  // the context switch's own
    TaskState task_state;              // rsp[0] is kernel_stack_top
    std::uint64_t gdt[8];
};
static_assert(offsetof(ProcessorBlock, self) == 0, "this_processor reads it there");

/// The processor this runs on.
inline ProcessorBlock &this_processor() {
    ProcessorBlock *cpu;
    asm("mov %%gs:0, %0" : "=r"(cpu));
    return *cpu;
}

}  // namespace axo::kernel::arch
