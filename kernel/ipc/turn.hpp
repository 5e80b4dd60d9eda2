// A turn of a system process is a transaction (rule 10): what it sends between two receiving traps is held here, seen
// by nobody, and leaves with the next one: all of it, or, if the process is struck before, none.
//
// Holding costs what sending costs: the checks, a place under the pair's bound, a buffer, one more unanswered request.
// So a refusal comes at once, and letting go cannot fail. A held answer to a SENDREC lies in the caller that waits for
// it, and costs nothing. docs/decisions/0011-a-turn-is-a-transaction.md says what a SENDREC in mid-turn means.
#pragma once

#include "kernel/ipc/message_pool.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

inline bool holds_something(const Process &process) { return (process.privilege->waiting & waiting::held) != 0; }

/// A message by SENDA that was checked and counted.
void hold_message(Process &caller, AsyncBuffer &buffer);

/// The answer to the SENDREC that `target` is in at `caller`. Errors: not_ready (this turn has answered it).
Status hold_reply(Process &caller, Process &target, const Message &message);

/// The same for an answer that says nothing but a status.
Status hold_status(Process &caller, Process &target, const Status &status);

/// A notification; those to one target merge.
inline void hold_note(Process &caller, const Process &target) {
    caller.privilege->turn.notes.set(target.privilege->id());
    caller.privilege->waiting |= waiting::held_note;
}

/// Something by SENDA or an answer is held for `target`: a SENDREC would overtake it. Notifications have no order.
bool holds_for(const Process &caller, const Process &target);

/// The receiving trap: everything leaves, in order per target.
void end_turn(Process &caller);

/// The process was struck in mid-turn: the turn did not happen, and all accounts are as before it.
void drop_turn(Process &process);

/// The SENDREC of `target` ends without the answer that is held for it.
void forget_held_reply(Process &target);

/// What others hold for a process that is severed (all of it), or that has forgotten its peers (requests only).
/// Their requests stay counted as unanswered: an obituary is due.
enum class HeldFor { the_dead, the_forgetful };
void drop_held_for(const Privilege &destination, HeldFor whom);

}  // namespace axo::kernel
