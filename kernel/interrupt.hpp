// Interrupt hooks: which process hears of which line (ref 1.17).
//
// A line is masked when it fires. It opens again when every driver that was told has acknowledged, by enabling its
// hook: on a level-triggered line that several devices share, one of them may still assert it.
//
// Nobody silences the device of a driver that died. Until as many new drivers listen to the line, it is one with
// orphans: when it fires as soon as it is opened, it stays closed for a while after each acknowledgement. So the others
// still hear of their own devices, late, and are not drowned in what is nobody's.
#pragma once

#include "arch/machine.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

inline constexpr unsigned max_interrupt_hooks = 64;
inline constexpr unsigned max_hooks_of_one = 8;

/// One process' interest in a line. Keyed by endpoint, so that it survives an update.
struct InterruptHook {
    Endpoint owner;  // none: free
    std::uint8_t line;
    std::uint8_t notify;  // bit of pending_interrupts
    bool reenable;        // needs no acknowledgement
    bool enabled;
    bool new_here = true;  // was never enabled: a driver that begins has reset its device by then
};

struct InterruptLine {
    std::uint64_t owed = 0;       // bit n: hook n was told and has not acknowledged
    unsigned orphans = 0;         // drivers that died and have no successor yet
    bool storms = false;          // with orphans, and fired as soon as it was opened
    Nanoseconds opened{};         // the last time
    Nanoseconds opens = {~0ull};  // when it will, while it stays closed for a while
};

struct InterruptTable {
    InterruptHook hooks[max_interrupt_hooks];
    InterruptLine lines[arch::interrupt_lines];

    constexpr InterruptTable() {
        for (InterruptHook &hook : hooks) hook = {endpoint::none, 0, 0, false, false, true};
    }
};

/// Replaces the hook of the same owner and id, or takes a free one; the line stays masked until the hook is enabled.
/// Returns 1-based hook number. Errors: no_space (all are taken, or the owner has max_hooks_of_one).
Result<unsigned> set_interrupt_hook(const InterruptHook &wanted);

/// The hook with that number. Errors: invalid (none there), not_permitted (another's).
Result<InterruptHook *> find_interrupt_hook(Endpoint owner, std::uint64_t number);

/// Wants interrupts, and has dealt with those it was told of.
void enable_interrupt(InterruptHook &hook);
void disable_interrupt(InterruptHook &hook);
void remove_interrupt(InterruptHook &hook);

/// Of a process that was severed, or is destroyed.
void mask_interrupts_of(Endpoint owner);
void remove_interrupts_of(Endpoint owner);

/// Opens the lines that were to stay closed until now. Returns when the next is due; no_alarm: none is.
Nanoseconds open_due_lines(Nanoseconds now);

unsigned interrupt_hooks_in_use();

}  // namespace axo::kernel
