// Single steps of a process that is to fail after some instructions (kernel/call/inject_fault.cpp).
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

/// At a debug exception. False: the process is not on its way to an injected fault.
bool step_to_fault(Process &process);

}  // namespace axo::kernel
