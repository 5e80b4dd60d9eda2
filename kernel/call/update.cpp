// update: two system processes change slots (ref 1.11). What names the endpoint stays: queue of callers, what waits in
// the privilege structure, alarm, interrupt hooks, safe maps: the new version has the grants and the regions of the old
// one. What is the program goes: registers, address space, rights, grant table.
#include "kernel/arch/switch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/grant.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/death.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/turn_changes.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace axo::kernel::call {
namespace {

bool is_struck(const Process &process) { return process.privilege->death_postponed; }

/// In a SENDREC to RS, which will answer whoever of the two goes on. What others answer would not find it elsewhere.
bool waits_for_manager(const Process &process) {
    return process.has(run_flag::awaiting_reply) && process.peer == process.privilege->rights.signal_manager;
}

Status check_updatable(const Process &process) {
    if (process.privilege == nullptr || process.is_user != 0) return Error::not_permitted;
    if (is_struck(process)) return {};
    if (process.has(run_flag::sending) || process.call_pending || process.reply_held) return Error::busy;
    if (holds_something(process)) return Error::busy;  // in the middle of a turn
    if (process.has(run_flag::awaiting_reply)) return waits_for_manager(process) ? Status{} : Status{Error::busy};
    const bool quiet = process.has(run_flag::no_priv | run_flag::sig_pending | run_flag::receiving);
    return quiet ? Status{} : Status{Error::busy};
}

/// Of a process in the middle of a vsafe_copy: does one of the elements need a grant of `granter`? Asks nobody for
/// memory: the caller is VM as a rule. What cannot be read may name anybody.
bool vector_needs(const Process &process, Endpoint granter) {
    const std::uint64_t start = process.registers.argument(0), count = process.registers.argument(1);
    for (std::uint64_t i = 0; i < count; ++i) {
        VectorCopy element;
        if (!peek(process, VirtAddr{start + i * sizeof element}, &element, sizeof element)) return true;
        const Endpoint named = element.from == endpoint::self ? element.to : element.from;
        if (grant_needs(named, element.grant, granter)) return true;
    }
    return false;
}

/// Somebody is in the middle of a copy or mapping under a grant of `granter`, or under one that leads to it: it would
/// go on in the other one's memory.
bool grants_in_use(Endpoint granter) {
    for (unsigned slot = 0; slot < the_kernel.processes.high; ++slot) {
        const Process &process = the_kernel.processes.slots[slot];
        if (process.has(run_flag::slot_free) || !process.call_pending) continue;
        const auto number = static_cast<std::uint32_t>(process.registers.trap_word());
        const bool names_one = number == number_of(KernelCall::safe_copy_from) ||
                               number == number_of(KernelCall::safe_copy_to) ||
                               number == number_of(KernelCall::safe_map);
        const Endpoint named{static_cast<std::uint32_t>(process.registers.argument(0))};
        const GrantId grant{static_cast<std::int32_t>(process.registers.argument(1))};
        if (names_one && grant_needs(named, grant, granter)) return true;
        if (number == number_of(KernelCall::vsafe_copy) && vector_needs(process, granter)) return true;
    }
    return false;
}

/// A struck process goes nowhere any more: whatever it waited for may not find it at its new place.
void abandon_waits(Process &process) {
    if (!is_struck(process)) return;
    if (process.has(run_flag::sending)) leave_callers(process);
    forget_held_reply(process);
    process.run_flags &= ~run_flag::ipc;
    process.wait = Wait::ipc;
    process.call_pending = false;
}

/// Who was made after the new version was given its rights, and may send to the service, gets answers from it too.
void answer_all_who_may_send(Privilege &to) {
    const auto answer = [&to](const Privilege &peer) {
        if (peer.rights.may_send_to.test(to.id())) set_may_send(to, peer.id(), true);
    };
    answer(the_kernel.privileges[user_privilege_id]);
    for (unsigned slot = 0; slot < the_kernel.processes.high; ++slot) {
        const Process &process = the_kernel.processes.slots[slot];
        if (process.privilege != nullptr && process.is_user == 0) answer(*process.privilege);
    }
}

void swap_rights(Privilege &a, Privilege &b) {
    std::swap(a.rights, b.rights);
    std::swap(a.rights.id, b.rights.id);  // the id is the structure's
    std::swap(a.grant_table, b.grant_table);
    std::swap(a.grant_count, b.grant_count);
    std::swap(a.death_postponed, b.death_postponed);
    for (Privilege *privilege : {&a, &b}) {
        privilege->rights.may_send_to.reset(privilege->id());
        privilege->rights.may_block_on.reset(privilege->id());
    }
    answer_all_who_may_send(a);
    answer_all_who_may_send(b);
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
        if (grants_in_use(process->endpoint)) return Error::busy;
    }
    abandon_waits(a);
    abandon_waits(b);
    arch::fpu_swap(a, b);
    work_for(a, nullptr);
    work_for(b, nullptr);
    std::swap(a, b);
    swap_back(a, b);
    swap_rights(*a.privilege, *b.privilege);
    pair_for_update(a, b);
    for (const Process *process : {&a, &b}) note_change(caller, process->endpoint, part::everything);
    return 0;
}

}  // namespace axo::kernel::call
