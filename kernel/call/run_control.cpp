// run_control: keep a process out of user mode, let it go on, or let it make one step.
#include "kernel/call/calls.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel::call {
namespace {

void resume(Process &process) {
    if (!process.has(run_flag::stopped)) return;
    release(process, run_flag::stopped);
    restart_if_pending(process);
}

}  // namespace

CallResult run_control(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    if (&process == &caller) return Error::invalid;
    switch (static_cast<RunRequest>(number_argument(caller, 1))) {
        case RunRequest::stop: stop(process, run_flag::stopped); return 0;
        case RunRequest::resume: resume(process); return 0;
        case RunRequest::trace_step:
            process.single_step = true;
            process.full_restore = 1;
            process.registers.single_step(true);
            resume(process);
            return 0;
    }
    return Error::invalid;
}

}  // namespace axo::kernel::call
