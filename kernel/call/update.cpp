// update: two system processes change slots (ref 1.11). What names the endpoint stays: queue of callers, what waits in the
// privilege structure, alarm, interrupt hooks. What is the program goes: registers, address space, rights, grants.
#include "kernel/arch/switch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/privilege.hpp"
#include "kernel/scheduler.hpp"

#include <utility>

namespace axo::kernel::call {
namespace {

Status check_updatable(const Process &process) {
    if (process.privilege == nullptr || process.is_user != 0) return Error::not_permitted;
    if (process.has(run_flag::sending) || process.call_pending) return Error::busy;
    const bool quiet = process.has(run_flag::no_priv | run_flag::sig_pending | run_flag::receiving);
    return quiet ? Status{} : Status{Error::busy};
}

void swap_rights(Privilege &a, Privilege &b) {
    std::swap(a.rights, b.rights);
    std::swap(a.rights.id, b.rights.id);  // the id is the structure's
    std::swap(a.grant_table, b.grant_table);
    std::swap(a.grant_count, b.grant_count);
    for (Privilege *privilege : {&a, &b}) {
        privilege->rights.may_send_to.reset(privilege->id());
        privilege->rights.may_block_on.reset(privilege->id());
    }
}

/// Puts back what belongs to the endpoint after the whole structures were exchanged.
void swap_back(Process &a, Process &b) {
    std::swap(a.endpoint, b.endpoint);
    std::swap(a.privilege, b.privilege);
    std::swap(a.caller_head, b.caller_head);
    std::swap(a.caller_tail, b.caller_tail);
}

}  // namespace

CallResult update(Process &caller) {
    Process &a = *TRY(process_argument(caller, 0));
    Process &b = *TRY(process_argument(caller, 1));
    if (&a == &b) return Error::invalid;
    for (const Process *process : {&a, &b}) {
        const Status updatable = check_updatable(*process);
        if (!updatable) return updatable.error();
    }
    arch::fpu_swap(a, b);
    work_for(a, nullptr);
    work_for(b, nullptr);
    std::swap(a, b);
    swap_back(a, b);
    swap_rights(*a.privilege, *b.privilege);
    return 0;
}

}  // namespace axo::kernel::call
