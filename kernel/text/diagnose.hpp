// Text about a process that came to a bad end.
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

/// Name, registers and a backtrace by frame pointers, to the kernel log: lines that the console does not show.
void log_process(Process &process);
/// Those of the last one, and what was logged since, to the debug ports: the machine is about to stop.
void show_last_death();

}  // namespace axo::kernel
