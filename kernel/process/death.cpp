// Releasing those who wait for a process that will not answer.
#include "kernel/process/death.hpp"

#include "kernel/alarm.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/ipc/async.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/safe_map.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/signal.hpp"
#include "kernel/process/staged_control.hpp"

namespace axo::kernel {
namespace {

bool waits_for(const Process &process, Endpoint peer) {
    return process.has(run_flag::receiving | run_flag::awaiting_reply) && process.peer == peer;
}

void release_waiting(Process &dead) {
    while (dead.caller_head != nullptr) end_wait(*dead.caller_head, Error::dead_peer);
    for (unsigned slot = 0; slot < the_kernel.processes.high; ++slot) {
        Process &process = the_kernel.processes.slots[slot];
        if (waits_for(process, dead.endpoint)) end_wait(process, Error::dead_peer);
        if (process.billed == &dead) process.billed = nullptr;
    }
}

/// Notifications that `dead` left with others are never delivered.
void withdraw_notes(const Privilege &privilege) {
    for (Privilege &other : the_kernel.privileges) other.notes.reset(privilege.id());
}

bool owns_privilege(const Process &process) { return process.privilege != nullptr && process.is_user == 0; }

/// The other version of a live update that can still be taken back, or null.
Process *update_partner(const Process &process) {
    if (!owns_privilege(process)) return nullptr;
    Process *other = find_process(process.privilege->update_peer);
    const bool paired = other != nullptr && owns_privilege(*other) && other->privilege->update_peer == process.endpoint;
    return paired ? other : nullptr;
}

void unpair(Process &a, Process &b) { a.privilege->update_peer = b.privilege->update_peer = endpoint::none; }

void end_postponed(Process &process) {
    if (!process.privilege->death_postponed) return;
    process.privilege->death_postponed = false;
    sever(process, signal::kill);
}

/// True: the endpoint is not dead, the other version can have it. Of two that are struck neither can.
bool postpones_death(Process &process) {
    Process *other = update_partner(process);
    if (other == nullptr) return false;
    process.privilege->death_postponed = true;
    if (!other->privilege->death_postponed) return true;
    unpair(process, *other);
    process.privilege->death_postponed = false;
    end_postponed(*other);
    return false;
}

}  // namespace

void pair_for_update(Process &a, Process &b) {
    const bool taken_back = update_partner(a) == &b;
    for (Process *process : {&a, &b})
        if (Process *other = update_partner(*process)) unpair(*process, *other);
    if (!taken_back) {
        a.privilege->update_peer = b.endpoint;
        b.privilege->update_peer = a.endpoint;
    }
    for (Process *process : {&a, &b})
        if (taken_back) end_postponed(*process);
}

void sever(Process &process, std::uint64_t reason) {
    if (process.has(run_flag::no_endpoint)) return;
    if (owns_privilege(process)) drop_turn(process);
    if (postpones_death(process)) return;
    stop(process, run_flag::no_endpoint);
    forget_held_reply(process);
    mask_interrupts_of(process.endpoint);
    release_waiting(process);
    if (!owns_privilege(process)) return;
    bury_requests(process, reason);
    drop_held_for(*process.privilege, HeldFor::the_dead);
    withdraw_requests(process);
    withdraw_notes(*process.privilege);
}

void forget_peers(Process &process) {
    release_waiting(process);
    bury_requests(process, 0);
    withdraw_notes(*process.privilege);
}

void destroy(Process &process) {
    if (Process *other = update_partner(process)) {
        unpair(process, *other);
        end_postponed(*other);
    }
    remove_interrupts_of(process.endpoint);
    forget_safe_maps(process.endpoint);
    forget_control_of(process);
    stop(process, run_flag::no_endpoint);
    if (process.has(run_flag::sending)) leave_callers(process);
    forget_held_reply(process);
    process.run_flags &= ~run_flag::ipc;
    release_waiting(process);
    if (owns_privilege(process)) {
        Privilege &privilege = *process.privilege;
        drop_turn(process);
        bury_requests(process, 0);
        drop_held_for(privilege, HeldFor::the_dead);
        withdraw_requests(process);
        set_alarm(privilege, no_alarm);
        empty_mailbox(privilege);
        release_privilege(privilege);
    }
    arch::fpu_drop(process);
    drop_space(process);
    if (this_cpu().scheduler.current == &process) this_cpu().scheduler.current = nullptr;
    release_process(process);
}

}  // namespace axo::kernel
