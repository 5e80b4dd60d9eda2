// The processor between two entries into the kernel. A process runs on its own stack in its own simulated memory; it
// comes back by axo_trap, or by a fault of the host's processor that is no miss of the map (mmu.hpp).
#pragma once

#include <signal.h>
#include <ucontext.h>

#include <cstdint>
#include <map>
#include <vector>

#include "kernel/process/process.hpp"
#include "test/host/whole/mmu.hpp"
#include "test/host/whole/stack_shadow.hpp"

namespace axo::whole {

/// How a process came back.
struct Exit {
    bool exception;   // else a trap: everything is in the process' registers
    unsigned vector;  // x86's
    std::uint64_t error, address;
};

class Processor {
public:
    /// The host's faults come to the current machine's processor from now on.
    explicit Processor(Mmu &mmu);
    ~Processor();
    Processor(const Processor &) = delete;
    Processor &operator=(const Processor &) = delete;

    /// Runs the process from its registers until it comes back; the registers are saved then.
    Exit run(kernel::Process &process);

    /// Registers of the running process' trap, before and after it. It may fault between them and the trap: the kernel
    /// then keeps what the host's processor has, and these stay as they are.
    kernel::Registers &trap_registers() { return *trap_; }

    /// It goes on behind a trap, or makes it: only then what its registers say is no chance.
    static bool is_at_trap(const kernel::Process &process);
    /// The process, which came back by a trap, is before it again: something else interrupted it there.
    static void take_back_trap(kernel::Process &process);

    /// The process is at its end, or begins anew: nothing of what it was on this processor counts.
    void forget(const kernel::Process &process);

    /// A fault of the host while this processor is the current machine's.
    void on_fault(int signal, std::uint64_t address, ucontext_t &context);

private:
    enum class Mode { kernel, user, restoring };

    void restore_all(ucontext_t &context);
    void to_kernel(ucontext_t &context, const Exit &exit);

    Mmu &mmu_;
    StackShadow shadow_;
    volatile Mode mode_ = Mode::kernel;
    Exit last_exit_{};
    kernel::Process *inside_ = nullptr;
    std::map<unsigned, std::uint64_t> last_root_;  // by slot: a process that begins anew has another one by then
    std::vector<std::byte> signal_stack_;
    stack_t stack_before_;
    std::map<std::uint64_t, kernel::Registers> traps_;  // by address space
    kernel::Registers *trap_ = nullptr;                 // the running process'
    /// What a process had beside the registers that the kernel knows, while it is out by an exception. By address
    /// space.
    std::map<std::uint64_t, std::vector<std::byte>> extended_state_;
};

/// Called by a process whose stack is new: what the address sanitizer knew of these addresses is about others.
void begin_stack();

}  // namespace axo::whole

/// Into the kernel, with a trap's registers in the running process. Returns when the kernel resumes it.
extern "C" void axo_trap();
