// set_alarm: one alarm per system process; it arrives as a notification from CLOCK.
#include "kernel/alarm.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/call/calls.hpp"

namespace axo::kernel::call {

CallResult set_alarm(Process &caller) {
    const Nanoseconds span{number_argument(caller, 0)};
    const auto mode = static_cast<AlarmMode>(number_argument(caller, 1));
    if (mode != AlarmMode::relative && mode != AlarmMode::absolute) return Error::invalid;
    const Nanoseconds now = arch::now();
    Nanoseconds deadline = no_alarm;
    if (span.value != 0) deadline = mode == AlarmMode::absolute ? span : now + span;
    if (mode == AlarmMode::relative && deadline < now) deadline = no_alarm;  // beyond the end of time
    const Nanoseconds before = kernel::set_alarm(*caller.privilege, deadline);
    if (before == no_alarm) return 0;
    return before > now ? (before - now).value : 1;
}

}  // namespace axo::kernel::call
