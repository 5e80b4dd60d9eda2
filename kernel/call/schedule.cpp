// schedule: priority and quantum of a process, with the end of the turn.
#include "kernel/call/calls.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/staged_control.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {

CallResult schedule(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const std::uint64_t priority = number_argument(caller, 1);
    const Nanoseconds quantum{number_argument(caller, 2)};
    if (priority >= priorities || quantum > seconds(60)) return Error::invalid;
    const auto ticks = static_cast<std::int64_t>(ticks_from(quantum));
    note_change(caller, process.endpoint, part::life);
    StagedControl *staged = stage_control(caller, process);
    if (staged == nullptr) {
        set_schedule(process, static_cast<unsigned>(priority), ticks);
        return 0;
    }
    staged->what |= control::schedule;
    staged->priority = static_cast<std::uint8_t>(priority);
    staged->quantum = ticks;
    return 0;
}

}  // namespace axo::kernel::call
