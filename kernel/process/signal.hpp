// Signals on their way to the manager that the privilege structure names (ref 1.15). What a signal does is the
// manager's business; only a deadly one to a system process has its effect on IPC at once (rule: nothing waits for the
// dead).
#pragma once

#include "axo/signal.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

constexpr std::uint64_t signal_bit(unsigned number) { return 1ull << (number - 1); }
inline constexpr std::uint64_t lethal_signals = signal_bit(signal::ill) | signal_bit(signal::trap) |
                                                signal_bit(signal::bus) | signal_bit(signal::fpe) |
                                                signal_bit(signal::segv) | signal_bit(signal::abort);
inline constexpr std::uint64_t termination_signals =
    lethal_signals | signal_bit(signal::kill) | signal_bit(signal::pipe);

/// Makes the signal pending and stops the process until its manager has dealt with it. A process that manages itself is
/// told instead, and a lethal signal to it stops the machine.
void cause_signal(Process &process, unsigned number);

/// The one step that its manager asked for is done: the manager is told by SIGTRAP, of which nothing dies here.
void report_step(Process &process);

/// The next process with signals whose manager is `manager`, or null; its pending set moves to *signals.
Process *take_signaled(const Process &manager, std::uint64_t *signals);

/// `manager` is the process that the privilege structure of `process` names as its signal manager.
bool is_managed_by(const Process &process, const Process &manager);

/// The manager is done. Errors: not_permitted (not its manager), invalid (nothing pending).
Status check_end_signal(const Process &manager, const Process &process);
Status end_signal(const Process &manager, Process &process);

}  // namespace axo::kernel
