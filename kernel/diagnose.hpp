// Text about a process that came to a bad end.
#pragma once

#include "kernel/process.hpp"

namespace axo::kernel {

/// Name, registers and a backtrace by frame pointers, to the kernel log.
void log_process(Process &process);

}  // namespace axo::kernel
