// NOTIFY, and the four hand-overs that make up nearly all traffic: SENDREC to a waiting server, a Linux call to a
// waiting server, REPLY_RECEIVE to a waiting caller when nothing else waits for the server, and SENDA_RECEIVE to a
// waiting peer likewise. Each checks exactly what the slow path checks, changes what it changes, and switches directly;
// whatever is out of the ordinary returns null and takes the slow path.
#pragma once

#include "kernel/counters.hpp"
#include "kernel/ipc/async.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {

namespace fast {

inline constexpr unsigned flags_shift = 48;
inline constexpr std::uint64_t type_bits = 0xffffull << 32;

/// The header of a message as a receiver finds it in its registers.
inline std::uint64_t header_for_receiver(std::uint64_t header, Endpoint source, IpcCall call) {
    const std::uint64_t kept = header & (type_bits | std::uint64_t{message_flag::sender_mask} << flags_shift);
    return kept | static_cast<std::uint64_t>(call) << flags_shift | source.value;
}

/// The process in that slot if it bears exactly this name; a free slot passes, its flags do not.
inline Process *named(Endpoint endpoint) {
    const unsigned slot = endpoint.slot();
    if (slot >= max_processes) return nullptr;
    Process *process = &the_kernel.processes.slots[slot];
    asm("" : "+r"(process));  // the address is worked out once
    return process->endpoint == endpoint ? process : nullptr;
}

inline bool waits_for(const Process &server, Endpoint caller) {
    return server.run_flags == run_flag::receiving && (server.peer == endpoint::any || server.peer == caller);
}

inline void charge_switch(Process &running, std::uint64_t now) {
    const std::uint64_t spent = now - this_cpu().scheduler.switch_time;
    this_cpu().scheduler.switch_time = now;
    running.user_ticks += spent;
    Process *account = running.billed;
    if (account == nullptr)
        account = &running;
    else
        account->system_ticks += spent;
    account->quantum_left -= static_cast<std::int64_t>(spent);
}

inline void run_next(Process &next) {
    next.run_flags = 0;
    this_cpu().scheduler.current = &next;
    ++this_cpu().counters.fast_switches;
}

inline void await_reply(Process &caller, Endpoint server, std::uint64_t tag, Wait wait) {
    caller.run_flags = run_flag::awaiting_reply;
    caller.peer = server;
    caller.tag = tag;
    caller.wait = wait;
}

inline bool is_reply(std::uint64_t header) { return (header >> flags_shift & message_flag::reply) != 0; }

/// Nothing is there that RECEIVE(any) would find, and the turn holds nothing.
inline bool nothing_waits_for(const Process &server) {
    return server.privilege->waiting == 0 && server.caller_head == nullptr;
}

/// The end of a turn that holds answers and nothing else, as the slow path would begin with it. False: it holds
/// nothing, or more.
inline bool answers_left(Process &server) {
    constexpr std::uint32_t harmless = waiting::held_reply | waiting::held_change;
    const std::uint32_t held = server.privilege->waiting;
    if (held == 0 || (held & ~harmless) != 0) return false;
    end_turn(server);
    return server.privilege->waiting == 0;
}

inline void await_anything(Process &server) {
    server.registers.set_reply_status(0);  // the sending half succeeded
    server.run_flags = run_flag::receiving;
    server.peer = endpoint::any;
}

inline void work_for_itself(Process &server) {
    server.billed = nullptr;
    server.effective_priority = server.priority;
}

inline void lend(Process &server, Process &caller) {
    server.billed = caller.billed != nullptr ? caller.billed : &caller;
    server.effective_priority =
        caller.effective_priority < server.priority ? caller.effective_priority : server.priority;
}

}  // namespace fast

/// NOTIFY, which is held until the turn ends: nobody else is concerned yet, and the caller goes on.
inline bool try_fast_notify(Process &caller, Endpoint peer) {
    const Process *target = fast::named(peer);
    if (target == nullptr || target->privilege == nullptr || target->is_user != 0) return false;
    if (target->has(run_flag::slot_free | run_flag::no_endpoint)) return false;
    const Privileges &rights = caller.privilege->rights;
    if ((rights.traps & trap_bit(IpcCall::notify)) == 0) return false;
    if (!rights.may_send_to.test(target->privilege->id())) return false;
    hold_note(caller, *target);
    return true;
}

/// SENDREC. On success the caller's registers hold the receiver's header; the words are still the caller's.
inline Process *try_fast_request(Process &caller, std::uint64_t header, std::uint64_t tag, Endpoint peer,
                                 std::uint64_t now) {
    Process *server = fast::named(peer);
    if (server == nullptr || !fast::waits_for(*server, caller.endpoint) || fast::is_reply(header)) return nullptr;
    const Privileges &rights = caller.privilege->rights;
    if ((rights.traps & trap_bit(IpcCall::sendrec)) == 0) return nullptr;
    if (!rights.may_block_on.test(server->privilege->id())) return nullptr;
    if ((caller.privilege->waiting & waiting::held) != 0) return nullptr;
    caller.registers.set_header(fast::header_for_receiver(header, caller.endpoint, IpcCall::sendrec));
    fast::await_reply(caller, peer, tag, Wait::ipc);
    fast::charge_switch(caller, now);
    fast::lend(*server, caller);
    fast::run_next(*server);
    return server;
}

/// REPLY_RECEIVE from any. A user caller gets its result; a system caller's words are still the replier's.
inline Process *try_fast_reply(Process &server, std::uint64_t header, std::uint64_t tag, Endpoint peer,
                               std::uint64_t word0, Endpoint from, std::uint64_t now) {
    constexpr std::uint32_t needed = trap_bit(IpcCall::reply_receive) | trap_bit(IpcCall::receive);
    constexpr std::int64_t last_own_error = -1024, first_own_error = -512;
    Process *caller = fast::named(peer);
    if (caller == nullptr || caller->run_flags != run_flag::awaiting_reply) return nullptr;
    if (caller->peer != server.endpoint || caller->tag != tag) return nullptr;
    if (!fast::is_reply(header) || from != endpoint::any) return nullptr;
    if ((server.privilege->rights.traps & needed) != needed) return nullptr;
    if (!fast::nothing_waits_for(server)) return nullptr;
    if (this_cpu().scheduler.somebody_above(caller->effective_priority)) return nullptr;
    if (caller->wait == Wait::ipc) {
        server.registers.set_header(fast::header_for_receiver(header, server.endpoint, IpcCall::reply_receive));
    } else {
        const auto value = static_cast<std::int64_t>(word0);
        const bool special = value <= first_own_error && value >= last_own_error;
        if (caller->wait != Wait::linux_call || special || caller->full_restore != 0) return nullptr;
        caller->registers.set_result(value);
        caller->syscall_number = no_call;
    }
    fast::await_anything(server);
    fast::charge_switch(server, now);
    fast::work_for_itself(server);
    fast::run_next(*caller);
    return caller;
}

/// SENDA_RECEIVE from any to a peer that waits and would be the next to run: the message is a request that the mask
/// allows, or the reply to one. On success the caller's registers hold the receiver's header.
inline Process *try_fast_async(Process &caller, std::uint64_t header, Endpoint peer, Endpoint from, std::uint64_t now) {
    constexpr std::uint32_t needed = trap_bit(IpcCall::senda) | trap_bit(IpcCall::receive);
    Process *target = fast::named(peer);
    if (target == nullptr || !fast::waits_for(*target, caller.endpoint) || from != endpoint::any) return nullptr;
    Privilege &own = *caller.privilege, &theirs = *target->privilege;
    if ((own.rights.traps & needed) != needed || !fast::nothing_waits_for(caller)) return nullptr;
    if (this_cpu().scheduler.somebody_at_or_above(target->priority)) return nullptr;
    if (!fast::is_reply(header)) {
        if (!own.rights.may_send_to.test(theirs.id())) return nullptr;
        const bool answered = caller.registers.trap_tag() != 0;
        if (answered && !note_request(own, pair_of(own, theirs))) return nullptr;
    } else {
        if (pair_of(theirs, own).unanswered == 0) return nullptr;
        note_reply(caller, *target);
    }
    caller.registers.set_header(fast::header_for_receiver(header, caller.endpoint, IpcCall::senda));
    fast::await_anything(caller);
    fast::charge_switch(caller, now);
    fast::work_for_itself(caller);
    fast::work_for_itself(*target);
    fast::run_next(*target);
    return target;
}

/// A Linux call whose server waits: the message is put into the server's registers.
inline Process *try_fast_user_call(Process &caller, std::uint64_t now) {
    const Registers &from = caller.registers;
    const std::uint64_t number = from.trap_word();
    if (number >= user_call_numbers) return nullptr;
    const Endpoint peer = the_kernel.routes.server[number];
    Process *server = fast::named(peer);
    if (server == nullptr || !fast::waits_for(*server, caller.endpoint)) return nullptr;
    const std::uint64_t tag = next_kernel_tag();
    caller.syscall_number = number;
    const std::uint64_t header = fast::header_for_receiver(number << 32, caller.endpoint, IpcCall::sendrec) |
                                 std::uint64_t{message_flag::from_user} << fast::flags_shift;
    server->registers.put_user_call(header, tag, from);
    fast::await_reply(caller, peer, tag, Wait::linux_call);
    fast::charge_switch(caller, now);
    fast::lend(*server, caller);
    fast::run_next(*server);
    return server;
}

}  // namespace axo::kernel
