// interrupt_user: takes a Linux call back that no server has received, or says who has it.
#include "kernel/call/calls.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {

CallResult interrupt_user(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const bool in_call = process.is_user != 0 && process.wait == Wait::linux_call &&
                         process.has(run_flag::sending | run_flag::awaiting_reply);
    if (!in_call) return static_cast<std::uint64_t>(InterruptResult::not_in_call);
    if (process.has(run_flag::sending)) {
        end_wait(process, Error::interrupted);
        note_change(caller, process.endpoint, part::registers | part::life);
        return static_cast<std::uint64_t>(InterruptResult::taken_back);
    }
    const Status written = write_own(caller, address_argument(caller, 1), &process.tag, sizeof process.tag);
    if (!written) return written.error();
    caller.registers.set_second_result(process.peer.value);
    return static_cast<std::uint64_t>(InterruptResult::at_server);
}

}  // namespace axo::kernel::call
