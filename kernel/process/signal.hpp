// Signals on their way to the manager that the privilege structure names (ref 1.15). What a signal does is the
// manager's business; only a deadly one to a system process has its effect on IPC at once (rule: nothing waits for the
// dead).
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

namespace signal_number {
inline constexpr unsigned illegal = 4, trap = 5, abort = 6, bus = 7, arithmetic = 8, kill = 9, segmentation = 11,
                          pipe = 13;
inline constexpr unsigned first = 1, last = 64;
}  // namespace signal_number

constexpr std::uint64_t signal_bit(unsigned number) { return 1ull << (number - 1); }
inline constexpr std::uint64_t lethal_signals =
    signal_bit(signal_number::illegal) | signal_bit(signal_number::trap) | signal_bit(signal_number::bus) |
    signal_bit(signal_number::arithmetic) | signal_bit(signal_number::segmentation) | signal_bit(signal_number::abort);
inline constexpr std::uint64_t termination_signals =
    lethal_signals | signal_bit(signal_number::kill) | signal_bit(signal_number::pipe);

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
