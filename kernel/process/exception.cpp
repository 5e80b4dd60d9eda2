// Exceptions of user mode: page faults go to VM, the rest become signals.
#include "kernel/arch/arch.hpp"
#include "kernel/memory/memory_wait.hpp"
#include "kernel/process/fault_injection.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/signal.hpp"

namespace axo::kernel {
namespace {

void end_step(Process &process) {
    process.single_step = false;
    process.registers.single_step(false);
}

}  // namespace

void user_exception(Process &process, const UserException &exception) {
    using enum UserException::Kind;
    if (exception.kind == non_maskable) {
        log("non-maskable interrupt in %s\n", process.name);
        return;
    }
    if (exception.kind == machine_failure)
        panic("machine failure: exception %lu in %s", static_cast<unsigned long>(exception.number), process.name);
    process.fault_vector = exception.number;
    process.fault_error = exception.error;
    process.fault_address = exception.address;
    if (exception.kind == page_fault) return kernel::page_fault(process, exception.address, exception.access);
    if (exception.kind == single_step) {
        if (step_to_fault(process)) return;
        const bool was_asked = process.single_step;
        end_step(process);
        if (was_asked) return report_step(process);
    }
    cause_signal(process, exception.signal);
}

}  // namespace axo::kernel
