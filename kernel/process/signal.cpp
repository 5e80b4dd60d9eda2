// Pending signals and their managers.
#include "kernel/process/signal.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/death.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/text/diagnose.hpp"
#include "kernel/text/panic.hpp"

namespace axo::kernel {
namespace {

bool in_set(std::uint64_t set, unsigned number) { return (set & signal_bit(number)) != 0; }

Endpoint manager_of(const Process &process) {
    return process.privilege != nullptr ? process.privilege->rights.signal_manager : endpoint::none;
}

void signal_self(Process &process, unsigned number) {
    if (in_set(lethal_signals, number)) {
        log_process(process);
        stop_machine(ExitCode::core_service_died, "%s manages itself and died of signal %u", process.name, number);
    }
    process.signals |= signal_bit(number);
    kernel_signal_to(*process.privilege, kernel_signal::manage_self);
}

/// True when it was not pending before: the manager is still to be told.
bool make_pending(Process &process, unsigned number) {
    const bool already = in_set(process.signals, number);
    process.signals |= signal_bit(number);
    if (!already) stop(process, run_flag::signaled | run_flag::sig_pending);
    return !already;
}

void tell_manager(const Process &process) {
    Process *manager = find_process(manager_of(process));
    if (manager != nullptr && manager->privilege != nullptr && manager->is_user == 0)
        kernel_signal_to(*manager->privilege, kernel_signal::manage);
}

}  // namespace

void cause_signal(Process &process, unsigned number) {
    const Endpoint manager_name = manager_of(process);
    if (manager_name == process.endpoint || manager_name == endpoint::self) {
        signal_self(process, number);
        return;
    }
    const bool system = process.is_user == 0 && process.privilege != nullptr;
    if (system && in_set(lethal_signals, number) && number != signal::abort) log_process(process);
    const bool is_new = make_pending(process, number);
    if (system && in_set(termination_signals, number)) sever(process, number);
    if (is_new) tell_manager(process);
}

void report_step(Process &process) {
    if (make_pending(process, signal::trap)) tell_manager(process);
}

Process *take_signaled(const Process &manager, std::uint64_t *signals) {
    for (unsigned slot = 0; slot < the_kernel.processes.high; ++slot) {
        Process &process = the_kernel.processes.slots[slot];
        const bool mine = process.has(run_flag::signaled) && !process.has(run_flag::slot_free) &&
                          manager_of(process) == manager.endpoint;
        const bool self = &process == &manager && process.signals != 0;
        if (!mine && !self) continue;
        *signals = process.signals;
        process.signals = 0;
        process.run_flags &= ~run_flag::signaled;  // sig_pending keeps it stopped
        return &process;
    }
    return nullptr;
}

bool is_managed_by(const Process &process, const Process &manager) {
    const Endpoint name = manager_of(process);
    return name == manager.endpoint || (name == endpoint::self && &process == &manager);
}

Status check_end_signal(const Process &manager, const Process &process) {
    if (manager_of(process) != manager.endpoint) return Error::not_permitted;
    return process.has(run_flag::sig_pending) ? Status{} : Status{Error::invalid};
}

Status end_signal(const Process &manager, Process &process) {
    const Status allowed = check_end_signal(manager, process);
    if (!allowed) return allowed;
    if (process.has(run_flag::signaled)) return {};
    release(process, run_flag::sig_pending);
    restart_if_pending(process);
    return {};
}

}  // namespace axo::kernel
