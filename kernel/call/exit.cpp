// exit: a system process ends itself, by SIGABRT to its manager.
#include "kernel/arch/arch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/process/signal.hpp"

namespace axo::kernel::call {

CallResult exit(Process &caller) {
    log("  %s exits with status %ld\n", caller.name, static_cast<long>(caller.registers.argument(0)));
    cause_signal(caller, signal::abort);
    return 0;
}

}  // namespace axo::kernel::call
