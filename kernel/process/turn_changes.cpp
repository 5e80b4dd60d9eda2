// A list per turn; nothing of it is in a release build.
#include "kernel/process/turn_changes.hpp"

#include "kernel/kernel.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/signal.hpp"
#include "kernel/text/log.hpp"

namespace axo::kernel::detail {
namespace {

TurnChanges::Turn &turn_of(const Privilege &privilege) { return the_kernel.turn_changes.turns[privilege.id()]; }

std::uint16_t current_call(const Process &caller) { return static_cast<std::uint16_t>(caller.registers.trap_word()); }

}  // namespace

/// The turn has something to end: no receiving trap may pass it by.
void note_change(Process &caller, Endpoint whose, std::uint8_t parts) {
    TurnChanges::Turn &turn = turn_of(*caller.privilege);
    caller.privilege->waiting |= waiting::held_change;
    if (turn.count < TurnChanges::most) turn.changes[turn.count++] = {whose, current_call(caller), parts};
}

Status check_read(Process &caller, Endpoint whose, std::uint8_t parts) {
    const TurnChanges::Turn &turn = turn_of(*caller.privilege);
    for (unsigned i = 0; i < turn.count; ++i) {
        const TurnChanges::Change &change = turn.changes[i];
        if (change.whose != whose || (change.parts & parts) == 0) continue;
        log("TURN BROKEN: %s reads back by kernel call %x what it changed by %x of %x in the same turn\n", caller.name,
            unsigned{current_call(caller)}, unsigned{change.call}, whose.value);
        cause_signal(caller, signal::trap);
        return Error::not_permitted;
    }
    return {};
}

void forget_changes(const Privilege &privilege) { turn_of(privilege).count = 0; }

}  // namespace axo::kernel::detail
