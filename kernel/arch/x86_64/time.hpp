// Time from the TSC, and the one-shot timer.
#pragma once

#include "axo/types.hpp"

namespace axo::kernel::arch {

/// Measures the TSC and the APIC timer for two milliseconds; time counts from here.
void start_time();

/// After a timer interrupt: whether the deadline has come; if not, the timer runs on.
bool timer_is_due();

}  // namespace axo::kernel::arch
