// The processor between two entries into the kernel. A process runs on its own stack in its own simulated memory; it
// comes back by axo_trap, or by a fault of the host's processor that is no miss of the map (mmu.hpp).
#pragma once

#include <cstdint>

namespace axo::kernel {
struct Process;
}

namespace axo::whole::fiber {

/// How a process came back.
struct Exit {
    bool exception;   // else a trap: everything is in the process' registers
    unsigned vector;  // x86's
    std::uint64_t error, address;
};

/// Signal handlers and what the address sanitizer must know. Ends the program when the host's own stack lies where
/// processes have theirs and starting again does not help.
void start();

/// Runs the process from its registers until it comes back; the registers are saved then.
Exit run(kernel::Process &process);

/// Called by a process whose stack is new: what the address sanitizer knew of these addresses is about others.
void begin_stack();

}  // namespace axo::whole::fiber

/// Into the kernel, with a trap's registers in the running process. Returns when the kernel resumes it.
extern "C" void axo_trap();
