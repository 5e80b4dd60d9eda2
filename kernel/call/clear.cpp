// clear: the slot of a process that is no more.
#include "kernel/call/calls.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/death.hpp"

namespace axo::kernel::call {

CallResult clear(Process &caller) {
    Process *process = find_process(endpoint_argument(caller, 0));
    if (process == &caller) return Error::invalid;
    if (process != nullptr) destroy(*process);
    if (!reap_spaces()) return Error::restart_call;  // the name means nobody any more
    return 0;
}

}  // namespace axo::kernel::call
