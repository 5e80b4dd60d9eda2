// Releasing those who wait for a process that will not answer.
#include "kernel/death.hpp"

#include "kernel/alarm.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/address_space.hpp"
#include "kernel/async.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/ipc.hpp"
#include "kernel/scheduler.hpp"

namespace axo::kernel {
namespace {

bool waits_for(const Process &process, Endpoint peer) {
    return process.has(run_flag::receiving | run_flag::awaiting_reply) && process.peer == peer;
}

void release_waiting(Process &dead) {
    while (dead.caller_head != nullptr) end_wait(*dead.caller_head, Error::dead_peer);
    for (unsigned slot = 0; slot < process_table.high; ++slot) {
        Process &process = process_table.slots[slot];
        if (waits_for(process, dead.endpoint)) end_wait(process, Error::dead_peer);
        if (process.billed == &dead) process.billed = nullptr;
    }
}

/// Notifications that `dead` left with others are never delivered.
void withdraw_notes(const Privilege &privilege) {
    for (Privilege &other : privileges) other.notes.reset(privilege.id());
}

bool owns_privilege(const Process &process) { return process.privilege != nullptr && process.is_user == 0; }

}  // namespace

void sever(Process &process, std::uint64_t reason) {
    if (process.has(run_flag::no_endpoint)) return;
    stop(process, run_flag::no_endpoint);
    mask_interrupts_of(process.endpoint);
    release_waiting(process);
    if (!owns_privilege(process)) return;
    bury_requests(process, reason);
    withdraw_requests(process);
    withdraw_notes(*process.privilege);
}

void forget_peers(Process &process) {
    release_waiting(process);
    bury_requests(process, 0);
    withdraw_notes(*process.privilege);
}

void destroy(Process &process) {
    remove_interrupts_of(process.endpoint);
    stop(process, run_flag::no_endpoint);
    if (process.has(run_flag::sending)) leave_callers(process);
    process.run_flags &= ~run_flag::ipc;
    release_waiting(process);
    if (owns_privilege(process)) {
        Privilege &privilege = *process.privilege;
        bury_requests(process, 0);
        withdraw_requests(process);
        set_alarm(privilege, no_alarm);
        empty_mailbox(privilege);
        release_privilege(privilege);
    }
    arch::fpu_drop(process);
    drop_space(process);
    if (scheduler.current == &process) scheduler.current = nullptr;
    release_process(process);
}

}  // namespace axo::kernel
