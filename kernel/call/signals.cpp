// kill, get_signal, end_signal: signals and their managers.
#include "kernel/call/calls.hpp"
#include "kernel/process/signal.hpp"

namespace axo::kernel::call {

CallResult kill(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const std::uint64_t number = number_argument(caller, 1);
    if (number < signal_number::first || number > signal_number::last) return Error::invalid;
    cause_signal(process, static_cast<unsigned>(number));
    return 0;
}

CallResult get_signal(Process &caller) {
    std::uint64_t set = 0;
    const Process *process = take_signaled(caller, &set);
    caller.registers.set_second_result(set);
    return process != nullptr ? process->endpoint.value : endpoint::none.value;
}

CallResult end_signal(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    return as_result(kernel::end_signal(caller, process));
}

}  // namespace axo::kernel::call
