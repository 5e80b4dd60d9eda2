// run_control: keep a process out of user mode, let it go on, or let it make one step. A stop takes effect at once, so
// that the process is still where it is while its manager looks at it; the others are staged.
#include "kernel/process/control.hpp"

#include "kernel/call/calls.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/process/staged_control.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel {

void resume(Process &process) {
    if (!process.has(run_flag::stopped)) return;
    release(process, run_flag::stopped);
    restart_if_pending(process);
}

void step_on(Process &process) {
    process.single_step = true;
    process.full_restore = 1;
    process.registers.single_step(true);
    resume(process);
}

namespace call {
namespace {

void let_run(Process &caller, Process &process, std::uint8_t how) {
    if (StagedControl *staged = stage_control(caller, process))
        staged->what |= how;
    else
        how == control::step ? step_on(process) : resume(process);
}

}  // namespace

CallResult run_control(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    if (&process == &caller) return Error::invalid;
    const auto wanted = static_cast<RunRequest>(number_argument(caller, 1));
    if (wanted > RunRequest::trace_step) return Error::invalid;
    note_change(caller, process.endpoint, part::life);
    switch (wanted) {
        case RunRequest::stop:
            unstage_control(caller, process, control::resume | control::step);
            stop(process, run_flag::stopped);
            return 0;
        case RunRequest::resume: let_run(caller, process, control::resume); return 0;
        case RunRequest::trace_step: let_run(caller, process, control::step); return 0;
    }
    return Error::invalid;
}

}  // namespace call
}  // namespace axo::kernel
