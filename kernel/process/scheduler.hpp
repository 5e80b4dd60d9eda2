// Who runs next: sixteen priorities, first in first out in each, a quantum, and the accounts of time.
//
// A server runs at no lower than the priority of the caller it works for and on that caller's quantum. Time is
// charged at every switch, in TSC ticks; the fast paths of IPC do the same by hand.
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

inline constexpr unsigned priorities = 16;  // 0 is the highest
inline constexpr unsigned lowest_priority = priorities - 1;
inline constexpr unsigned first_user_priority = 8;  // below every boot service

/// Of one processor.
struct Scheduler {
    Scheduler();

    Process *current = nullptr;    // null: idle
    std::uint64_t switch_time;     // TSC at the last charge
    std::uint32_t ready_mask = 0;  // bit p: somebody of priority p is ready
    bool quantum_timer = false;    // the timer will fire before a quantum can be overdrawn for long
    bool ask = false;              // pick_next is due: for somebody above the running process, or for the timer
    Process *head[priorities] = {}, *tail[priorities] = {};

    /// Somebody ready has that priority or a higher one.
    bool somebody_at_or_above(unsigned priority) const { return (ready_mask & ((2u << priority) - 1)) != 0; }
    /// Somebody ready has a higher priority than `priority`.
    bool somebody_above(unsigned priority) const { return (ready_mask & ((1u << priority) - 1)) != 0; }
};

std::int64_t default_quantum_ticks();
std::uint64_t ticks_from(Nanoseconds span);
Nanoseconds nanoseconds_from(std::uint64_t ticks);

/// Sets flags; a ready process leaves its queue.
void stop(Process &process, std::uint32_t flags);

/// Clears flags; a process without any becomes ready, before its equals while it has quantum left.
void release(Process &process, std::uint32_t flags);

/// Charges the time since the last charge to the running process and whom it works for.
void charge();

/// Lets `server` work for `caller`: its account, its priority if that is higher. Null caller: for itself again.
void work_for(Process &server, Process *caller);

/// New base priority and quantum.
void set_schedule(Process &process, unsigned priority, std::int64_t quantum_ticks);

/// Chooses who runs now and makes it current; null when nobody can.
Process *pick_next();

}  // namespace axo::kernel
