// Staged controls: a table by slot, a list per turn.
#include "kernel/process/staged_control.hpp"

#include "kernel/kernel.hpp"
#include "kernel/process/control.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/signal.hpp"
#include "kernel/process/staged_context.hpp"

#include <bit>

namespace axo::kernel {
namespace {

StagedControl &place_of(const Process &target) {
    return the_kernel.controls.places[&target - the_kernel.processes.slots];
}

StagedControl take(StagedControl &staged) {
    HeldTurn &turn = staged.owner->privilege->turn;
    (staged.previous != nullptr ? staged.previous->next : turn.control_head) = staged.next;
    if (staged.next != nullptr) staged.next->previous = staged.previous;
    const StagedControl taken = staged;
    if ((taken.what & control::context) != 0) forget_context(target_of(staged));
    staged = {};
    return taken;
}

/// Signals last: they may be the end of the target, or of the caller.
void carry_out(Process &caller, Process &target, const StagedControl &staged) {
    if ((staged.what & control::schedule) != 0) set_schedule(target, staged.priority, staged.quantum);
    if ((staged.what & control::end_signal) != 0) (void)end_signal(caller, target);
    if ((staged.what & control::step) != 0) step_on(target);
    if ((staged.what & control::resume) != 0) resume(target);
    for (std::uint64_t set = staged.signals; set != 0; set &= set - 1)
        cause_signal(target, static_cast<unsigned>(std::countr_zero(set)) + 1);
}

}  // namespace

Process &target_of(const StagedControl &staged) {
    return the_kernel.processes.slots[&staged - the_kernel.controls.places];
}

StagedControl *stage_control(Process &caller, Process &target) {
    StagedControl &staged = place_of(target);
    if (staged.owner == &caller) return &staged;
    if (staged.owner != nullptr) return nullptr;
    HeldTurn &turn = caller.privilege->turn;
    staged.owner = &caller;
    staged.next = turn.control_head;
    if (turn.control_head != nullptr) turn.control_head->previous = &staged;
    turn.control_head = &staged;
    caller.privilege->waiting |= waiting::held_control;
    return &staged;
}

void unstage_control(const Process &caller, const Process &target, std::uint8_t what) {
    StagedControl &staged = place_of(target);
    if (staged.owner == &caller) staged.what &= static_cast<std::uint8_t>(~what);
}

void carry_out_controls(Process &caller) {
    while (StagedControl *staged = caller.privilege->turn.control_head) {
        Process &target = target_of(*staged);
        carry_out(caller, target, take(*staged));
    }
}

void drop_controls(Process &caller) {
    while (StagedControl *staged = caller.privilege->turn.control_head) take(*staged);
}

void forget_control_of(const Process &target) {
    StagedControl &staged = place_of(target);
    if (staged.owner != nullptr) take(staged);
}

}  // namespace axo::kernel
