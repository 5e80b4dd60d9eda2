// What managers do to the running of a process.
#pragma once

#include "kernel/process/scheduler.hpp"

namespace axo::kernel {

/// It may run again, if nothing else keeps it.
void resume(Process &process);
/// The same for one instruction, then SIGTRAP.
void step_on(Process &process);

}  // namespace axo::kernel
