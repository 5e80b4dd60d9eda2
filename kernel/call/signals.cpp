// kill, get_signal, end_signal: signals and their managers. What is sent and what is ended is so with the end of the
// turn.
#include "kernel/call/calls.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/signal.hpp"
#include "kernel/process/staged_control.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {
namespace {

/// Its manager may, and whom the system trusts to speak for it: PM for what its users may signal, VM for programs that
/// cannot have their memory.
bool may_signal(const Process &caller, const Process &process) {
    if (is_managed_by(process, caller) || caller.endpoint == endpoint::pm) return true;
    return caller.endpoint == endpoint::vm && process.is_user != 0;
}

}  // namespace

CallResult kill(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const std::uint64_t number = number_argument(caller, 1);
    if (number == 0 || number > signal::last) return Error::invalid;
    if (!may_signal(caller, process)) return Error::not_permitted;
    note_change(caller, process.endpoint, part::life);
    if (StagedControl *staged = stage_control(caller, process))
        staged->signals |= signal_bit(static_cast<unsigned>(number));
    else
        cause_signal(process, static_cast<unsigned>(number));
    return 0;
}

CallResult get_signal(Process &caller) {
    std::uint64_t set = 0;
    const Process *process = take_signaled(caller, &set);
    if (process != nullptr) note_change(caller, process->endpoint, part::life);
    caller.registers.set_second_result(set);
    return process != nullptr ? process->endpoint.value : endpoint::none.value;
}

CallResult end_signal(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const Status allowed = check_end_signal(caller, process);
    if (!allowed) return allowed.error();
    note_change(caller, process.endpoint, part::life);
    StagedControl *staged = stage_control(caller, process);
    if (staged == nullptr) return as_result(kernel::end_signal(caller, process));
    staged->what |= control::end_signal;
    return 0;
}

}  // namespace axo::kernel::call
