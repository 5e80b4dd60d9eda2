// What a system process may do, and what waits for it. System processes own one structure each; all user processes
// share the one of init. Rights move with a process in an update; what waits stays with the endpoint (ref 1.11).
#pragma once

#include "axo/ipc.hpp"
#include "axo/kernel_call.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

struct AsyncBuffer;
struct StagedControl;

/// Kinds of work a RECEIVE may find, one bit each: zero means that RECEIVE(any) blocks (but for the caller queue).
/// `held`: the owner's turn has something to let go first, by kind, so that its end looks only where something is.
namespace waiting {
inline constexpr std::uint32_t kernel_note = 1, note = 2, obituary = 4, async = 8;
inline constexpr std::uint32_t held_message = 16, held_reply = 32, held_note = 64, held_control = 128;
inline constexpr std::uint32_t held_change = 256;  // what a checked kernel has noted (kernel/process/turn_changes.hpp)
inline constexpr std::uint32_t held = held_message | held_reply | held_note | held_control | held_change;
}  // namespace waiting

/// Kernel senders of notifications, in the order RECEIVE prefers them.
enum class KernelSender : unsigned { clock, system, hardware };
inline constexpr unsigned kernel_senders = 3;

/// What the owner sent since its last receiving trap (kernel/ipc/turn.hpp).
struct HeldTurn {
    AsyncBuffer *message_head, *message_tail;
    Process *reply_head, *reply_tail;     // whose SENDREC is answered
    BitMask<max_system_processes> notes;  // whom it notifies
    StagedControl *control_head;          // what it does to others (kernel/process/staged_control.hpp)
};

struct Privilege {
    Privileges rights;  // as RS set them; rights.id is the index
    Process *owner;     // null: free. Of the shared user structure: null although in use
    bool in_use;

    std::uint32_t waiting;             // waiting:: bits
    std::uint32_t kernel_notes;        // bit per KernelSender
    std::uint64_t pending_interrupts;  // bits for the HARDWARE notification
    std::uint64_t pending_signals;     // kernel_signal bits for the SYSTEM notification
    BitMask<max_system_processes> notes;
    HeldTurn turn;
    AsyncBuffer *async_head, *async_tail;
    AsyncBuffer *obituary_head, *obituary_tail;
    std::uint32_t buffers_reserved;  // of the pool, for this sender alone
    bool wants_room;                 // a SENDA of this sender found the pool empty

    Nanoseconds alarm;  // deadline; no_alarm: none
    VirtAddr grant_table;
    std::uint32_t grant_count;

    Endpoint update_peer;  // with whom the owner changed places, while that can be taken back; else none
    bool death_postponed;  // the owner was struck meanwhile: see postpones_death

    unsigned id() const { return rights.id; }
    bool is_system() const { return (rights.flags & privilege_flag::system_process) != 0; }
};
inline constexpr Nanoseconds no_alarm{~0ull};

/// All structures, by id.
struct PrivilegeTable {
    /// All are free but the shared one of user processes.
    PrivilegeTable();

    Privilege &operator[](unsigned id) { return structures[id]; }
    Privilege *begin() { return structures; }
    Privilege *end() { return structures + max_system_processes; }

    Privilege structures[max_system_processes];
    unsigned next_dynamic = first_dynamic_privilege_id;  // where the search for a free one goes on
};

/// Takes a structure for `owner`: the given id, or any dynamic one.
/// Errors: invalid (static id out of range), busy (static id in use), no_space (no dynamic id left).
Result<Privilege *> allocate_privilege(Process &owner, std::uint32_t flags, std::uint32_t static_id);

/// Gives a structure back and takes its id out of everybody's masks. Nothing may wait in it any more.
void release_privilege(Privilege &privilege);

/// Links a process to the structure all user processes share.
void link_to_users(Process &process);

/// Sets or clears "a may send to b" together with its mirror image. A peer that nobody owns, or a itself, is cleared.
void set_may_send(Privilege &a, unsigned b, bool allowed);

unsigned free_privilege_count();

}  // namespace axo::kernel
