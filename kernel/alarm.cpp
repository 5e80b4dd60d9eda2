// Alarms are searched in the table of privileges: there are few, and they fire seldom.
#include "kernel/alarm.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

void program(Timers &timers) {
    Nanoseconds earliest = timers.next_alarm < timers.quantum ? timers.next_alarm : timers.quantum;
    if (timers.lines < earliest) earliest = timers.lines;
    if (earliest == timers.programmed) return;
    timers.programmed = earliest;
    arch::set_timer(earliest);
}

void find_next_alarm(Timers &timers) {
    timers.next_alarm = no_alarm;
    for (const Privilege &privilege : the_kernel.privileges)
        if (privilege.in_use && privilege.alarm < timers.next_alarm) timers.next_alarm = privilege.alarm;
}

void fire_alarms(Nanoseconds now) {
    for (Privilege &privilege : the_kernel.privileges) {
        if (!privilege.in_use || privilege.alarm > now) continue;
        privilege.alarm = no_alarm;
        kernel_notify(privilege, KernelSender::clock);
    }
    find_next_alarm(this_cpu().timers);
}

}  // namespace

Nanoseconds set_alarm(Privilege &privilege, Nanoseconds deadline) {
    Timers &timers = this_cpu().timers;
    const Nanoseconds before = privilege.alarm;
    privilege.alarm = deadline;
    if (deadline < timers.next_alarm)
        timers.next_alarm = deadline;
    else if (before == timers.next_alarm)
        find_next_alarm(timers);
    program(timers);
    return before;
}

void set_quantum_deadline(Nanoseconds deadline) {
    this_cpu().timers.quantum = deadline;
    program(this_cpu().timers);
}

void set_line_deadline(Nanoseconds deadline) {
    Timers &timers = this_cpu().timers;
    if (deadline < timers.lines) timers.lines = deadline;
    program(timers);
}

void timer_fired() {
    Timers &timers = this_cpu().timers;
    const Nanoseconds now = arch::now();
    timers.programmed = no_alarm;  // one-shot
    if (timers.quantum <= now) {
        timers.quantum = no_alarm;
        this_cpu().scheduler.quantum_timer = false;
    }
    if (timers.next_alarm <= now) fire_alarms(now);
    if (timers.lines <= now) timers.lines = open_due_lines(now);
    program(timers);
}

}  // namespace axo::kernel
