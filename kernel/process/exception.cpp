// Exceptions of user mode: page faults go to VM, the rest become signals.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/vectors.hpp"
#include "kernel/memory/memory_wait.hpp"
#include "kernel/process/fault_injection.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/signal.hpp"

namespace axo::kernel {

void user_exception(Process &process, unsigned vector, std::uint64_t error, std::uint64_t address) {
    if (vector == arch::nmi_vector) {
        log("non-maskable interrupt in %s\n", process.name);
        return;
    }
    if (arch::is_machine_failure(vector)) panic("machine failure: exception %u in %s", vector, process.name);
    process.fault_vector = vector;
    process.fault_error = error;
    process.fault_address = address;
    if (vector == arch::page_fault_vector) {
        page_fault(process, address, error);
        return;
    }
    if (vector == arch::debug_vector && step_to_fault(process)) return;
    if (vector == arch::debug_vector) {
        process.single_step = false;
        process.registers.rflags &= ~arch::trap_flag;
    }
    cause_signal(process, arch::signal_of(vector));
}

}  // namespace axo::kernel
