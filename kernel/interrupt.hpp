// Interrupt hooks: which process hears of which line (ref 1.17).
#pragma once

#include "arch/machine.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

inline constexpr unsigned max_interrupt_hooks = 64;

/// One process' interest in a line. Keyed by endpoint, so that it survives an update.
struct InterruptHook {
    Endpoint owner;  // none: free
    std::uint8_t line;
    std::uint8_t notify;  // bit of pending_interrupts
    bool reenable;        // unmask at once
    bool enabled;
};

struct InterruptTable {
    InterruptHook hooks[max_interrupt_hooks];

    constexpr InterruptTable() {
        for (InterruptHook &hook : hooks) hook = {endpoint::none, 0, 0, false, false};
    }
};

/// Replaces the hook of the same owner and id, or takes a free one; the line stays masked. Returns 1-based hook number.
/// Errors: no_space.
Result<unsigned> set_interrupt_hook(const InterruptHook &wanted);

/// The hook with that number. Errors: invalid (none there), not_permitted (another's).
Result<InterruptHook *> find_interrupt_hook(Endpoint owner, std::uint64_t number);

void enable_interrupt(InterruptHook &hook);
void disable_interrupt(InterruptHook &hook);
void remove_interrupt(InterruptHook &hook);

/// Of a process that was severed, or is destroyed.
void mask_interrupts_of(Endpoint owner);
void remove_interrupts_of(Endpoint owner);

unsigned interrupt_hooks_in_use();

}  // namespace axo::kernel
