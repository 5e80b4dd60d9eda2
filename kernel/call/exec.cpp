// exec: fresh registers in a new image. Whatever the process waited for is forgotten.
#include "kernel/arch/switch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/staged_context.hpp"
#include "kernel/process/turn_changes.hpp"

#include <cstring>

namespace axo::kernel::call {
namespace {

void forget_wait(Process &process) {
    if (process.has(run_flag::sending)) leave_callers(process);
    forget_held_reply(process);
    if (process.privilege != nullptr && process.is_user == 0) drop_turn(process);
    process.call_pending = process.restart_pending = false;
    process.call_progress = 0;
    process.syscall_number = no_call;
}

}  // namespace

CallResult exec(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const VirtAddr ip = address_argument(caller, 1), sp = address_argument(caller, 2);
    if (ip.value >= layout::user_end || sp.value >= layout::user_end || &process == &caller) return Error::invalid;
    char name[label_size];
    const Status read = read_own(caller, address_argument(caller, 3), name, sizeof name);
    if (!read) return read.error();
    name[label_size - 1] = 0;
    forget_wait(process);
    unstage_context(caller, process);
    process.registers = Registers::at(ip, sp);
    process.full_restore = 1;
    arch::fpu_drop(process);
    std::memcpy(process.name, name, sizeof name);
    release(process, run_flag::ipc);
    note_change(caller, process.endpoint, part::registers | part::life);
    return 0;
}

}  // namespace axo::kernel::call
