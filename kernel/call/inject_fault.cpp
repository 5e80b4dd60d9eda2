// inject_fault: makes a system process really fail, for tests and demonstrations. Every service carries small routines
// that fault, panic, exit or hang (lib/sys/start.cpp); the process is made to call one of them, at once or after some
// more instructions, which are single-stepped from the next message on that it takes.
#include "kernel/arch/arch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/fault_injection.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {
namespace {

/// The process goes on in the routine, which keeps the place it was at in the backtrace.
void bend(Process &process) {
    if (process.has(run_flag::sending)) leave_callers(process);
    process.call_pending = false;
    process.call_progress = 0;
    const std::uint64_t place = process.registers.divert(process.fault_routine);
    process.registers.single_step(false);
    process.full_restore = 1;
    log("  %s: fault injected at %#lx\n", process.name, static_cast<unsigned long>(place));
    release(process, run_flag::ipc);
}

Result<FaultTable> table_of(const Process &process) {
    if (process.space == nullptr) return Error::invalid;
    FaultTable table;
    if (!peek(process, VirtAddr{layout::fault_table}, &table, sizeof table)) return Error::not_supported;
    if (table.magic != FaultTable::expected_magic) return Error::not_supported;
    return table;
}

}  // namespace

bool step_to_fault(Process &process) {
    if (process.fault_after == 0) return false;
    if (--process.fault_after == 0) bend(process);
    return true;
}

namespace call {

CallResult inject_fault(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const std::uint64_t kind = number_argument(caller, 1), after = number_argument(caller, 2);
    const bool system = process.privilege != nullptr && process.is_user == 0;
    if (!system || &process == &caller || kind >= FaultTable::kinds) return Error::invalid;
    if (process.has(run_flag::no_priv | run_flag::no_endpoint)) return Error::invalid;
    const FaultTable table = TRY(table_of(process));
    if (table.routines[kind] >= layout::user_end) return Error::invalid;
    process.fault_routine = table.routines[kind];
    process.fault_after = after;
    if (after == 0) {
        bend(process);
    } else {
        process.registers.single_step(true);
        process.full_restore = 1;
    }
    return 0;
}

}  // namespace call
}  // namespace axo::kernel
