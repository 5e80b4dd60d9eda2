// SEND, SENDREC, SENDNB and the three ends of a wait.
#include "kernel/ipc/ipc.hpp"

#include "kernel/counters.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/memory_wait.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {
namespace {

IpcCall call_of(SendMode mode) { return mode == SendMode::wait ? IpcCall::send : IpcCall::sendrec; }

void await_reply(Process &caller, Endpoint server, std::uint64_t tag, Wait wait) {
    caller.wait = wait;
    caller.tag = tag;
    caller.peer = server;
    stop(caller, run_flag::awaiting_reply);
}

void queue_message(Process &caller, Process &target, const Message &message, bool request, Wait wait) {
    caller.outgoing = message;
    caller.sends_request = request;
    caller.wait = wait;
    caller.tag = message.tag;
    caller.peer = target.endpoint;
    join_callers(target, caller);
    stop(caller, run_flag::sending);
}

/// Who waits for this answer.
Result<Process *> whom_it_answers(const Process &caller, Endpoint to, const Message &message, IpcCall call) {
    if ((caller.privilege->rights.traps & trap_bit(call)) == 0) return Error::trap_denied;
    Process *target = find_process(to);
    if (target == nullptr || target->has(run_flag::no_endpoint)) return Error::dead_peer;
    if (answers_call(*target, caller, message)) return target;
    ++this_cpu().counters.late_replies_dropped;
    return Error::not_ready;
}

/// A SENDREC may not come before what was sent to the same peer earlier in the turn, unless it says that it may, or
/// that the turn ends with it.
Status keep_order(Process &caller, const Process &target) {
    if (!holds_something(caller)) return {};
    const std::uint16_t flags = caller.registers.trap_flags();
    if ((flags & message_flag::overtakes) != 0) return {};
    return holds_for(caller, target) ? Status{Error::busy} : Status{};
}

}  // namespace

void stamp(Message &message, const Process &sender, IpcCall call) {
    const unsigned kept = message.flags & ~unsigned{message_flag::call_mask};
    message.source = sender.endpoint;
    message.flags = static_cast<std::uint16_t>(kept | static_cast<unsigned>(call));
}

Result<Process *> check_target(Process &caller, IpcCall call, Endpoint to) {
    if (to == endpoint::any) return Error::invalid;
    Process *target = find_process(to);
    if (target == nullptr || target->privilege == nullptr) return Error::dead_peer;
    const Privileges &rights = caller.privilege->rights;
    const bool blocks = call == IpcCall::send || call == IpcCall::sendrec;
    const auto &mask = blocks ? rights.may_block_on : rights.may_send_to;
    if (!mask.test(target->privilege->id())) {
        ++this_cpu().counters.refused_calls;
        return Error::call_denied;
    }
    if ((rights.traps & trap_bit(call)) == 0) {
        ++this_cpu().counters.refused_calls;
        return Error::trap_denied;
    }
    if (target->has(run_flag::no_endpoint)) return Error::dead_peer;
    return target;
}

Status answer(Process &caller, Endpoint to, Message message, IpcCall call) {
    if (!message.is_reply()) return Error::invalid;
    stamp(message, caller, call);
    return hold_reply(caller, *TRY(whom_it_answers(caller, to, message, call)), message);
}

Status answer_now(Process &caller, Endpoint to, Message message) {
    if (!message.is_reply()) return Error::invalid;
    stamp(message, caller, IpcCall::sendnb);
    complete_request(*TRY(whom_it_answers(caller, to, message, IpcCall::reply_receive)), caller, message);
    return {};
}

Status send(Process &caller, Endpoint to, const Message &outgoing, SendMode mode) {
    const IpcCall call = call_of(mode);
    if (outgoing.is_reply() && mode == SendMode::request) return Error::invalid;
    if (outgoing.is_reply()) return answer(caller, to, outgoing, call);
    Message message = outgoing;
    stamp(message, caller, call);
    Process &target = *TRY(check_target(caller, call, to));
    const Status in_order = keep_order(caller, target);
    if (!in_order) return in_order;
    if (accepts(target, caller.endpoint)) {
        if (mode == SendMode::request) await_reply(caller, to, message.tag, Wait::ipc);
        deliver(target, message, mode == SendMode::request ? &caller : nullptr);
        return {};
    }
    const Status free_of_cycles = check_deadlock(caller, to);
    if (!free_of_cycles) return free_of_cycles;
    queue_message(caller, target, message, mode == SendMode::request, Wait::ipc);
    return {};
}

void begin_request(Process &caller, Process &server, Message message, Wait wait) {
    stamp(message, caller, IpcCall::sendrec);
    if (!accepts(server, caller.endpoint)) {
        queue_message(caller, server, message, true, wait);
        return;
    }
    await_reply(caller, server.endpoint, message.tag, wait);
    deliver(server, message, &caller);
}

void deliver(Process &target, const Message &message, Process *sender) {
    ++this_cpu().counters.messages;
    target.registers.put(message);
    work_for(target, sender);
    release(target, run_flag::receiving);
}

bool complete_request(Process &target, const Process &from, const Message &message) {
    if (!answers_call(target, from, message)) return false;
    ++this_cpu().counters.messages;
    switch (target.wait) {
        case Wait::ipc: target.registers.put(message); break;
        case Wait::linux_call: finish_user_call(target, message.status()); break;
        case Wait::page_fault: finish_page_fault(target, message.status()); break;
        case Wait::memory_request: finish_memory_request(target, message.status()); break;
    }
    release(target, run_flag::awaiting_reply);
    return true;
}

void end_wait(Process &process, Error error) {
    if (!process.has(run_flag::ipc)) return;
    if (process.has(run_flag::sending)) leave_callers(process);
    forget_held_reply(process);
    const std::int64_t status = to_wire(error);
    if (process.has(run_flag::receiving)) process.wait = Wait::ipc;
    switch (process.wait) {
        case Wait::ipc: process.registers.set_result(status); break;
        case Wait::linux_call: finish_user_call(process, status); break;
        case Wait::page_fault: finish_page_fault(process, status); break;
        case Wait::memory_request: finish_memory_request(process, status); break;
    }
    release(process, run_flag::ipc);
}

void join_callers(Process &target, Process &caller) {
    caller.previous_caller = target.caller_tail;
    caller.next_caller = nullptr;
    (target.caller_tail != nullptr ? target.caller_tail->next_caller : target.caller_head) = &caller;
    target.caller_tail = &caller;
}

void leave_callers(Process &caller) {
    Process &target = the_kernel.processes.slots[caller.peer.slot()];
    (caller.previous_caller != nullptr ? caller.previous_caller->next_caller : target.caller_head) = caller.next_caller;
    (caller.next_caller != nullptr ? caller.next_caller->previous_caller : target.caller_tail) = caller.previous_caller;
    caller.next_caller = caller.previous_caller = nullptr;
}

// A peer that sends to a receiver, or receives from a sender, never gets here: the two met. So whoever waits for the
// caller, in whatever way, closes the cycle: one that receives from it, or whose SENDREC it holds unanswered.
Status check_deadlock(const Process &caller, Endpoint peer) {
    unsigned group = 1;
    for (Process *process = find_process(peer); process != nullptr; process = find_process(peer)) {
        if (process == &caller) return Error::deadlock;
        ++group;
        if (!process->has(run_flag::ipc)) return {};
        peer = process->peer;
        if (group > max_processes) return Error::deadlock;
    }
    return {};
}

}  // namespace axo::kernel
