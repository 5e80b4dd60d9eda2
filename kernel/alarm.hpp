// The one timer, shared by the alarms of system processes, the scheduler's quantum and interrupt lines that stay closed
// for a while.
#pragma once

#include "kernel/process/privilege.hpp"

namespace axo::kernel {

/// The deadlines of one processor.
struct Timers {
    Nanoseconds quantum = no_alarm;     // the scheduler's
    Nanoseconds next_alarm = no_alarm;  // the earliest of any privilege structure
    Nanoseconds lines = no_alarm;       // the earliest of any interrupt line
    Nanoseconds programmed = no_alarm;  // what the timer will fire at
};

/// Sets or, with no_alarm, cancels the alarm; returns the deadline that was set before (no_alarm: none).
Nanoseconds set_alarm(Privilege &privilege, Nanoseconds deadline);

/// The scheduler's own deadline; one at a time.
void set_quantum_deadline(Nanoseconds deadline);

/// open_due_lines is called then, or earlier.
void set_line_deadline(Nanoseconds deadline);

}  // namespace axo::kernel
