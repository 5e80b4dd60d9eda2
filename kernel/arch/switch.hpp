// What the core must know of the processor's state between two processes. Implemented by context.cpp of the processor;
// the host tests have their own.
#pragma once

#include "axo/error.hpp"
#include "axo/types.hpp"

namespace axo::kernel {
struct Process;
}

namespace axo::kernel::arch {

/// The page table whose upper half every address space shares.
PhysAddr kernel_root();

/// Which page table translates now.
PhysAddr loaded_page_table();

/// Where the extended states of all slots lie: fpu_stride() bytes each, 64-byte aligned. At boot.
void set_fpu_area(void *memory);
unsigned fpu_stride();

/// The extended state of a process: its image in memory, brought up to date; null when it has used none.
void *fpu_image(Process &process);
/// Copies the extended state of one process to another (fork).
void fpu_copy(Process &to, Process &from);
/// Forgets the extended state: the next use begins with a fresh one.
void fpu_drop(Process &process);
/// Before the images of two slots are exchanged.
void fpu_swap(Process &a, Process &b);
/// Gives the process this extended state, made such that the processor takes it. Errors: invalid (size).
Status fpu_set(Process &process, const void *image, std::size_t bytes);

/// The processor now runs this process; entry code saves into it.
void set_current(Process *process);

}  // namespace axo::kernel::arch
