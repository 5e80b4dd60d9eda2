// The IPC primitives on process structures (ref 1.3 to 1.8). Nothing here touches user memory.
//
// A wait ends in exactly one of three ways: deliver (a message for a RECEIVE), complete_request (the reply to a
// SENDREC) or end_wait (an error). Whoever ends it clears the flag; the scheduler does the rest.
#pragma once

#include "kernel/process/privilege.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

enum class SendMode { wait, request };

/// A system process trapped with an IpcCall; decodes its registers, acts, and sets its result unless it now waits.
void ipc_trap(Process &caller);

/// SEND, SENDREC. Success: the message was taken, or the caller waits (its flags say so).
/// Errors as ref 1.3, in that order: invalid, dead_peer, call_denied, trap_denied, busy (it would overtake what the
/// turn holds for that peer), deadlock.
Status send(Process &caller, Endpoint to, const Message &outgoing, SendMode mode);

/// SENDNB, and SEND of a reply: answers a caller that waits in SENDREC, at the end of the turn. Errors: invalid (no
/// reply), trap_denied, dead_peer, not_ready (it does not wait for this answer).
Status answer(Process &caller, Endpoint to, Message message, IpcCall call);

/// The answer of REPLY_RECEIVE, at once. Errors as for answer.
Status answer_now(Process &caller, Endpoint to, Message message);

/// RECEIVE from one source or any: delivers at once or lets the caller wait. Errors: dead_peer, trap_denied, deadlock.
Status receive(Process &caller, Endpoint from);

/// NOTIFY, at the end of the turn. Errors as for send; not_ready: the target is a user process, which cannot take one.
Status notify(Process &caller, Endpoint to);

/// The notification of `sender` reaches the owner of `target`, or waits there.
void post_note(const Process &sender, Privilege &target);

/// Notification by the kernel; pending interrupt and signal bits were set before.
void kernel_notify(Privilege &target, KernelSender sender);

/// Sets kernel_signal bits and notifies from SYSTEM.
void kernel_signal_to(Privilege &target, std::uint64_t bits);

/// A SENDREC that the kernel makes for the process: Linux call, page fault, memory request. It waits afterwards.
void begin_request(Process &caller, Process &server, Message message, Wait wait);

/// Hands a message to a process in RECEIVE. `sender`: on whose account it works on it; null for notifications.
void deliver(Process &target, const Message &message, Process *sender);

/// The message answers the SENDREC that `target` is in.
inline bool answers_call(const Process &target, const Process &from, const Message &message) {
    return target.has(run_flag::awaiting_reply) && target.peer == from.endpoint && target.tag == message.tag &&
           message.is_reply();
}

/// True when the message answers the SENDREC that `target` is in; then that call is complete.
bool complete_request(Process &target, const Process &from, const Message &message);

/// Ends whatever IPC wait the process is in with an error; no-op when it is in none.
void end_wait(Process &process, Error error);

/// True when `target` waits in RECEIVE for a message of that source.
inline bool accepts(const Process &target, Endpoint source) {
    return target.has(run_flag::receiving) && (target.peer == endpoint::any || target.peer == source);
}

/// Fills in what only the kernel may say of a message: who sent it, and how.
void stamp(Message &message, const Process &sender, IpcCall call);

/// Mask and liveness checks shared by the sending calls (ref 1.3, 1 to 6).
Result<Process *> check_target(Process &caller, IpcCall call, Endpoint to);

/// deadlock when the caller, by blocking on `peer`, would close a cycle (ref 1.7).
Status check_deadlock(const Process &caller, Endpoint peer);

/// Caller queue of an endpoint.
void join_callers(Process &target, Process &caller);
void leave_callers(Process &caller);

}  // namespace axo::kernel
