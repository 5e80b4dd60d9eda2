// A process slot: registers, run flags, what it waits for, its place in queues, and the accounts of its time.
//
// One slot per process or thread. A process is runnable iff run_flags is zero; every wait of any kind sets a flag.
// A running process is on no queue; a runnable one that does not run is on a ready queue.
#pragma once

#include "arch/registers.hpp"
#include "axo/error.hpp"
#include "axo/ipc.hpp"
#include "axo/kernel_call.hpp"

namespace axo::kernel {

struct Privilege;
struct AddressSpace;

namespace run_flag {
inline constexpr std::uint32_t slot_free = 0x001;
inline constexpr std::uint32_t stopped = 0x002;         // run_control
inline constexpr std::uint32_t sending = 0x004;         // in the caller queue of `peer`
inline constexpr std::uint32_t receiving = 0x008;       // in RECEIVE from `peer` or any
inline constexpr std::uint32_t signaled = 0x010;        // signals its manager has not fetched
inline constexpr std::uint32_t sig_pending = 0x020;     // its manager works on a signal
inline constexpr std::uint32_t no_priv = 0x080;         // not yet allowed to run
inline constexpr std::uint32_t no_endpoint = 0x100;     // terminated: no IPC reaches it any more
inline constexpr std::uint32_t no_space = 0x200;        // has no page table yet
inline constexpr std::uint32_t awaiting_reply = 0x400;  // SENDREC whose request `peer` has taken
inline constexpr std::uint32_t ipc = sending | receiving | awaiting_reply;
inline constexpr std::uint32_t halted = stopped | signaled | sig_pending;
}  // namespace run_flag

/// On whose behalf a wait was begun, hence what its end does.
enum class Wait : std::uint8_t {
    ipc,             // a system process' own trap: registers get the message
    linux_call,      // the result is the first word of the reply
    page_fault,      // runs on, or is signalled
    memory_request,  // its kernel call is run again, or fails
};

inline constexpr std::uint64_t no_call = ~0ull;

struct alignas(512) Process {  // a power of two: slot to address is a shift
    Registers registers;       // first: the way in and out has the process' address in a register
    std::uint32_t run_flags;
    Endpoint endpoint;
    Endpoint peer;         // whom it sends to, awaits or receives from
    std::uint8_t is_user;  // speaks Linux calls, owns no privilege structure
    Wait wait;
    bool sends_request;         // while sending: SENDREC, not SEND
    std::uint8_t full_restore;  // left user mode by an exception or was rewritten: restore every register (iretq)
    std::uint64_t tag;          // of the SENDREC it is in
    Privilege *privilege;
    AddressSpace *space;
    std::uint64_t root;       // of space, 0 without one: read at every switch
    bool fpu_used;            // owns an extended state; without one its first use traps
    bool call_pending;        // a kernel call is to be run again before user mode
    bool restart_pending;     // its Linux call ended with restart_call while it was halted
    bool queued;              // on a ready queue
    std::uint8_t vm_retries;  // answers of VM that did not help the same access
    std::uint8_t priority, effective_priority;
    bool single_step;

    Process *caller_head, *caller_tail;      // who waits to send to this endpoint
    Process *next_caller, *previous_caller;  // also of a list of held replies
    Process *next_ready, *previous_ready;
    Process *billed;  // the user thread this server works for, or null

    std::int64_t quantum, quantum_left;  // TSC ticks; used up when not positive
    std::uint64_t user_ticks, system_ticks;

    std::uint64_t syscall_number;  // of the Linux call it is in
    std::uint64_t call_progress;   // bytes done of a long kernel call
    std::uint64_t fault_address, fault_error, fault_vector;
    std::uint64_t signals;                     // pending, bit n-1 = signal n
    std::uint64_t fault_after, fault_routine;  // instructions left to an injected fault (0: none), and where it is
    Message outgoing;                          // while sending, or its answer while that is held
    char name[label_size];
    bool turn_over;   // used up a quantum while it was not running itself, or is new: goes behind its equals
    bool reply_held;  // the answer to its SENDREC lies in `outgoing` until `peer`'s turn ends, which links it in a list

    std::uint32_t slot() const { return endpoint.slot(); }
    bool has(std::uint32_t flags) const { return (run_flags & flags) != 0; }
    bool runnable() const { return run_flags == 0; }
};

/// The table of all slots. Slots at or above `limit` do not exist on a machine with little memory.
struct ProcessTable {
    /// Every slot is free and at generation 0.
    explicit ProcessTable(unsigned wanted_limit);

    Process *find(Endpoint endpoint) {
        const unsigned slot = endpoint.slot();
        if (slot >= max_processes) return nullptr;
        Process &process = slots[slot];
        if (process.endpoint != endpoint || process.has(run_flag::slot_free)) return nullptr;
        return &process;
    }

    Process slots[max_processes];
    unsigned limit;     // slots that may be used
    unsigned high = 0;  // one above the highest slot ever used
    unsigned free_count;
    unsigned next_slot = first_free_slot;  // where the search for a free one goes on
};

/// Takes a free slot outside the well-known ones at its next generation; no privilege, no space, cleared registers.
/// Errors: again (no slot).
Result<Process *> allocate_process();

/// Prepares a well-known slot at generation 0, for the boot services.
Process &claim_boot_slot(unsigned slot);

/// Gives a slot back. The caller has ended everything that refers to it.
void release_process(Process &process);

}  // namespace axo::kernel
