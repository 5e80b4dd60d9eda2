// The time, read without a kernel call: the time-stamp counter scaled as the kernel scales it.
#pragma once

#include "axo/types.hpp"

namespace axo::sys {

/// Nanoseconds since boot.
Nanoseconds now();
/// Nanoseconds since 1970: the wall clock at boot is asked from the kernel once a second at most.
Nanoseconds wall_clock();
/// Reads the counter's frequency; called once at startup.
void start_clock();

}  // namespace axo::sys
