// What a turn does to other processes with its end (CallClass::staged): registers (staged_context.hpp), a priority,
// signals, letting run.
//
// Each process has one place for it, so that staging costs nothing that could run out. When two managers are in the
// middle of a turn about the same process, the second one's takes effect at once.
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

namespace control {
inline constexpr std::uint8_t schedule = 1, end_signal = 2, resume = 4, step = 8, context = 16;
}

struct StagedControl {
    Process *owner;  // whose turn; null: nothing is staged
    StagedControl *next, *previous;
    std::uint64_t signals;
    std::int64_t quantum;
    std::uint8_t priority;
    std::uint8_t what;  // control:: bits
};

struct ControlTable {
    StagedControl places[max_processes]{};  // by slot of the target
};

/// The place of `target`, for `caller`'s turn; null: another turn has it.
StagedControl *stage_control(Process &caller, Process &target);

/// Whom a place is for.
Process &target_of(const StagedControl &staged);

/// Takes back what `what` says, if `caller` staged it.
void unstage_control(const Process &caller, const Process &target, std::uint8_t what);

/// The end of a turn: everything takes effect, as far as its target is still what it was.
void carry_out_controls(Process &caller);
/// Nothing of it happens.
void drop_controls(Process &caller);
/// `target` is destroyed.
void forget_control_of(const Process &target);

}  // namespace axo::kernel
