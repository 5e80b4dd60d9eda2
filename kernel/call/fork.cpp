// fork and start_thread: a new slot. The child of a user process is in the same Linux call as its parent, under the
// same tag, so that the server's reply to the child lets it go on; its page table is VM's to give, or the creator's.
#include "kernel/arch/switch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/turn_changes.hpp"

#include <cstring>

namespace axo::kernel::call {
namespace {

bool in_linux_call(const Process &process) {
    return process.is_user != 0 && !process.reply_held && process.has(run_flag::awaiting_reply) &&
           process.wait == Wait::linux_call;
}

/// The parent is inside a Linux call that its server has taken; else busy.
Result<Process *> child_of(const Process &parent) {
    if (!in_linux_call(parent)) return Error::busy;
    Process &child = *TRY(allocate_process());
    child.registers = parent.registers;
    child.full_restore = parent.full_restore;
    child.wait = Wait::linux_call;
    child.peer = parent.peer;
    child.tag = parent.tag;
    child.syscall_number = parent.syscall_number;
    child.priority = child.effective_priority = parent.priority;
    child.quantum = child.quantum_left = parent.quantum;
    std::memcpy(child.name, parent.name, sizeof child.name);
    link_to_users(child);
    child.run_flags = run_flag::awaiting_reply | run_flag::no_space;
    return &child;
}

std::uint64_t made(Process &caller, const Process &child) {
    note_change(caller, child.endpoint, part::everything);
    note_change(caller, the_machine, part::accounts);
    return child.endpoint.value;
}

}  // namespace

CallResult fork(Process &caller) {
    const auto mode = static_cast<ForkMode>(number_argument(caller, 1));
    if (mode == ForkMode::system) return made(caller, *TRY(allocate_process()));
    if (mode != ForkMode::user) return Error::invalid;
    Process &parent = *TRY(process_argument(caller, 0));
    Process &child = *TRY(child_of(parent));
    arch::fpu_copy(child, parent);
    return made(caller, child);
}

CallResult start_thread(Process &caller) {
    Process &creator = *TRY(process_argument(caller, 0));
    if (creator.space == nullptr) return Error::invalid;
    Process &thread = *TRY(child_of(creator));
    arch::fpu_copy(thread, creator);
    share_space(thread, creator);
    return made(caller, thread);
}

}  // namespace axo::kernel::call
