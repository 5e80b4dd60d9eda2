// Alarms are searched in the table of privileges: there are few, and they fire seldom.
#include "kernel/alarm.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {
namespace {

Nanoseconds quantum_deadline = no_alarm;
Nanoseconds next_alarm = no_alarm;
Nanoseconds programmed = no_alarm;

void program() {
    const Nanoseconds earliest = next_alarm < quantum_deadline ? next_alarm : quantum_deadline;
    if (earliest == programmed) return;
    programmed = earliest;
    arch::set_timer(earliest);
}

void find_next_alarm() {
    next_alarm = no_alarm;
    for (const Privilege &privilege : privileges)
        if (privilege.in_use && privilege.alarm < next_alarm) next_alarm = privilege.alarm;
}

void fire_alarms(Nanoseconds now) {
    for (Privilege &privilege : privileges) {
        if (!privilege.in_use || privilege.alarm > now) continue;
        privilege.alarm = no_alarm;
        kernel_notify(privilege, KernelSender::clock);
    }
    find_next_alarm();
}

}  // namespace

void initialise_alarms() { quantum_deadline = next_alarm = programmed = no_alarm; }

Nanoseconds set_alarm(Privilege &privilege, Nanoseconds deadline) {
    const Nanoseconds before = privilege.alarm;
    privilege.alarm = deadline;
    if (deadline < next_alarm)
        next_alarm = deadline;
    else if (before == next_alarm)
        find_next_alarm();
    program();
    return before;
}

void set_quantum_deadline(Nanoseconds deadline) {
    quantum_deadline = deadline;
    program();
}

void timer_fired() {
    const Nanoseconds now = arch::now();
    programmed = no_alarm;  // one-shot
    if (quantum_deadline <= now) {
        quantum_deadline = no_alarm;
        scheduler.quantum_timer = false;
    }
    if (next_alarm <= now) fire_alarms(now);
    program();
}

}  // namespace axo::kernel
