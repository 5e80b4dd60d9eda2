// What PM knows about a process. Records live from fork until the parent has waited; the kernel's slot and the
// endpoint go earlier, when the process has ended. After every co_await a record must be found again by endpoint or
// pid.
#pragma once

#include "axo/types.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/base/list.hpp"
#include "lib/base/pairing_heap.hpp"
#include "servers/pm/calls/linux_abi.hpp"
#include "servers/pm/process/credentials.hpp"
#include "servers/pm/process/wait_rule.hpp"
#include "servers/pm/signals/pending_signals.hpp"

namespace axo::pm {

enum class Life : std::uint8_t {
    forming,  // fork, exec of the first program or Spawn in progress
    alive,
    exiting,  // VFS and VM are cleaning up
    zombie,   // only status, times and pid are left
};

/// What a process waits for inside a call to PM that is not answered yet.
enum class Waiting : std::uint8_t {
    nothing,
    busy,         // PM works on the call and will answer soon: not interruptible
    child,        // wait4, waitid
    sleep,        // nanosleep, clock_nanosleep
    any_signal,   // pause, sigsuspend
    signal_info,  // sigtimedwait
    futex,
    vfork,  // until the child execs or exits: not interruptible
};

enum class TimerKind : std::uint32_t { interval, wait };

/// A deadline in the queue of all deadlines; lies inside its process' record.
struct Deadline {
    Nanoseconds time{0};
    PairingNode node;
    TimerKind kind{};
    std::uint32_t pid = 0;
    bool before(const Deadline &other) const { return time < other.time; }
};

/// The unanswered call of a process and what is needed to finish it.
struct PendingCall {
    Waiting waiting = Waiting::nothing;
    std::uint16_t number = 0;
    std::uint64_t tag = 0;
    WaitTarget target{};               // child
    std::int32_t which = 0;            // waitid: 1
    std::uint64_t status_address = 0;  // child: int *, or siginfo_t * of waitid; signal_info: siginfo_t *
    std::uint64_t usage_address = 0;   // child: rusage *; sleep: remainder
    SignalSet wanted{};                // signal_info
    std::uint64_t futex_address = 0;
    bool absolute = false;  // sleep: no remainder
};

struct SignalState {
    explicit SignalState(Heap &heap) : pending(heap) {}
    SignalSet mask;
    SignalSet restore_mask;  // after sigsuspend: the mask before it
    bool restore_mask_set = false;
    PendingSignals pending;
    abi::SignalStack stack{};
    abi::SignalAction actions[signal::last] = {};

    abi::SignalAction &action(int number) { return actions[number - 1]; }
    const abi::SignalAction &action(int number) const { return actions[number - 1]; }
};

/// Processor time in nanoseconds.
struct Usage {
    std::uint64_t user = 0, system = 0;
    void add(const Usage &other) { user += other.user, system += other.system; }
};

struct Process {
    explicit Process(Heap &heap) : signals(heap) {}

    // Who it is.
    Endpoint endpoint = endpoint::none;
    std::uint32_t pid = 0, group = 0, session = 0;
    Life life = Life::forming;
    bool system = false;        // a service, not a user program
    bool has_executed = false;  // setpgid by the parent is over
    Label name{};
    Credentials credentials;

    // Family.
    Process *parent = nullptr;
    ListNode sibling;  // in parent->children
    IntrusiveList<Process, &Process::sibling> children;
    ListNode in_table;
    Process *next_by_pid = nullptr;
    std::uint32_t vfork_parent = 0;  // pid of a parent that waits for exec or exit
    bool shares_memory = false;      // with the vfork parent, until exec
    std::uint32_t exit_signal = 0;

    // Ends and stops.
    std::uint32_t status = 0;  // wait status of a zombie or of the last stop
    bool stopped = false;
    bool stop_unreported = false, continue_unreported = false;

    // Signals.
    SignalState signals;
    bool delivering = false;              // a coroutine brings it to its handler
    bool attention = false;               // has a deliverable signal; its own call is being handled
    bool held = false;                    // run_control(stop) by the delivery
    std::uint64_t registers_set = ~0ull;  // the turn (sys::turn) in which they were: not to be read back in it

    PendingCall call;
    ListNode futex_waiter;    // in the list of all futex waiters
    std::uint32_t space = 0;  // names the address space: pid of who had it first

    // Time.
    Deadline interval_timer, wait_timer;
    std::uint64_t interval = 0;   // of ITIMER_REAL, ns
    Usage usage, children_usage;  // own: final, of a zombie
    std::uint64_t started = 0;    // ns after boot

    // What only this process sees.
    std::uint64_t clear_tid_address = 0;
    std::uint32_t personality = 0;
    std::int32_t nice = 0;
    abi::ResourceLimit limits[abi::resource_limits] = {};

    bool alive() const { return life == Life::alive; }
    ChildState child_state() const { return {pid, group, life == Life::zombie, stop_unreported, continue_unreported}; }
    SignalSet deliverable() const { return signals.pending.set().without(signals.mask); }
};

}  // namespace axo::pm
