// Mailboxes of system processes: asynchronous messages.
#include "kernel/ipc/async.hpp"

#include "kernel/counters.hpp"
#include "kernel/ipc/buffer_queue.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

constexpr std::uint16_t most_unanswered = 0xffff;

void tell_those_who_want_the_pool() {
    the_kernel.messages.is_wanted = false;
    for (Privilege &privilege : the_kernel.privileges) {
        if (!privilege.wants_room) continue;
        privilege.wants_room = false;
        kernel_signal_to(privilege, kernel_signal::send_room);
    }
}

bool has_room(const Privilege &sender, const Privilege &destination, const Pair &pair) {
    return pair.buffered <= pair_bound(sender, destination) / 2 && pair.unanswered != most_unanswered;
}

[[gnu::noinline]] void tell_of_room(Privilege &sender, const Privilege &destination, Pair &pair) {
    if (!has_room(sender, destination, pair)) return;
    pair.wants_room = false;
    kernel_signal_to(sender, kernel_signal::send_room);
}

Error refuse_for_pair(Pair &pair) {
    pair.wants_room = true;
    return Error::would_block;
}

Error refuse_for_pool(Privilege &sender) {
    sender.wants_room = the_kernel.messages.is_wanted = true;
    return Error::would_block;
}

/// Counts a request as unanswered. Errors: would_block (the count is at its end, or there is no buffer to set aside for
/// the obituary).
Status count_request(Privilege &sender, Pair &pair) {
    if (note_request(sender, pair)) return {};
    return pair.unanswered == most_unanswered ? refuse_for_pair(pair) : refuse_for_pool(sender);
}

/// A buffer with the message, everything that it needs counted. Errors: would_block.
Result<AsyncBuffer *> counted_buffer(Process &caller, const Process &target, const Message &message) {
    Privilege &sender = *caller.privilege, &destination = *target.privilege;
    Pair &pair = pair_of(sender, destination);
    if (pair.buffered >= pair_bound(sender, destination)) return refuse_for_pair(pair);
    AsyncBuffer *buffer = allocate_buffer(sender);
    if (buffer == nullptr) return refuse_for_pool(sender);
    const Status counted = wants_answer(message) ? count_request(sender, pair) : Status{};
    if (!counted) {
        free_buffer(*buffer);
        return counted.error();
    }
    buffer->message = message;
    buffer->destination = static_cast<std::uint8_t>(destination.id());
    ++pair.buffered;
    return buffer;
}

void enqueue(Privilege &destination, AsyncBuffer &buffer) {
    append(destination.async_head, destination.async_tail, buffer);
    destination.waiting |= waiting::async;
}

Status deliver_now(Process &caller, Process &target, const Message &message) {
    if (wants_answer(message)) {
        const Status counted = count_request(*caller.privilege, pair_of(*caller.privilege, *target.privilege));
        if (!counted) return counted;
    }
    deliver(target, message, nullptr);
    return {};
}

bool reply_is_expected(const Process &caller, const Process &target, const Message &message) {
    if (!message.is_reply()) return false;
    if (answers_call(target, caller, message)) return true;
    if (target.is_user != 0) return false;
    const unsigned answered = pair_of(*caller.privilege, *target.privilege).held_replies;
    return pair_of(*target.privilege, *caller.privilege).unanswered > answered;
}

/// Whom a SENDA may reach: by the mask, or because it answers a request.
Result<Process *> async_target(Process &caller, Endpoint to, const Message &message) {
    Process *target = find_process(to);
    const bool may_trap = (caller.privilege->rights.traps & trap_bit(IpcCall::senda)) != 0;
    if (target != nullptr && target->privilege != nullptr && may_trap && !target->has(run_flag::no_endpoint) &&
        reply_is_expected(caller, *target, message))
        return target;
    return check_target(caller, IpcCall::senda, to);
}

Error late_reply() {
    ++this_cpu().counters.late_replies_dropped;
    return Error::not_ready;
}

}  // namespace

bool note_request(Privilege &sender, Pair &pair) {
    if (pair.unanswered == most_unanswered) return false;
    if (pair.unanswered == 0 && !reserve_obituary(sender, pair)) return false;
    ++pair.unanswered;
    return true;
}

void settle_request(Privilege &sender, const Privilege &destination) {
    Pair &pair = pair_of(sender, destination);
    if (pair.unanswered == 0) return;
    if (--pair.unanswered == 0) unreserve_obituary(sender, pair);
    if (pair.wants_room) [[unlikely]]
        tell_of_room(sender, destination, pair);
}

void note_reply(const Process &from, const Process &to) {
    if (to.is_user == 0 && from.is_user == 0) settle_request(*to.privilege, *from.privilege);
}

void discard(Privilege &destination, AsyncBuffer &buffer) {
    Privilege &sender = the_kernel.privileges[buffer.sender];
    Pair &pair = pair_of(sender, destination);
    --pair.buffered;
    free_buffer(buffer);
    if (pair.wants_room) [[unlikely]]
        tell_of_room(sender, destination, pair);
    if (the_kernel.messages.is_wanted) tell_those_who_want_the_pool();
}

Status hold_async(Process &caller, Endpoint to, Message message) {
    stamp(message, caller, IpcCall::senda);
    Process &target = *TRY(async_target(caller, to, message));
    if (answers_call(target, caller, message)) return hold_reply(caller, target, message);
    if (target.is_user != 0) return late_reply();
    hold_message(caller, *TRY(counted_buffer(caller, target, message)));
    return {};
}

Status send_async(Process &caller, Endpoint to, Message message) {
    stamp(message, caller, IpcCall::senda);
    Process &target = *TRY(async_target(caller, to, message));
    if (complete_request(target, caller, message)) return {};
    if (target.is_user != 0) return late_reply();
    if (accepts(target, caller.endpoint)) {
        const Status delivered = deliver_now(caller, target, message);
        if (!delivered) return delivered;
    } else {
        enqueue(*target.privilege, *TRY(counted_buffer(caller, target, message)));
    }
    if (message.is_reply()) note_reply(caller, target);
    return {};
}

void let_go(Process &caller, AsyncBuffer &buffer) {
    Privilege &destination = the_kernel.privileges[buffer.destination];
    Process &target = *destination.owner;
    if (buffer.message.is_reply()) {
        --pair_of(*caller.privilege, destination).held_replies;
        note_reply(caller, target);
    }
    if (!accepts(target, caller.endpoint)) return enqueue(destination, buffer);
    deliver(target, buffer.message, nullptr);
    discard(destination, buffer);
}

bool take_async(Process &caller, Endpoint from) {
    Privilege &privilege = *caller.privilege;
    AsyncBuffer *previous = nullptr;
    for (AsyncBuffer *buffer = privilege.async_head; buffer != nullptr; previous = buffer, buffer = buffer->next) {
        if (from != endpoint::any && from != buffer->message.source) continue;
        unlink(privilege.async_head, privilege.async_tail, previous, *buffer);
        if (privilege.async_head == nullptr) privilege.waiting &= ~waiting::async;
        deliver(caller, buffer->message, nullptr);
        discard(privilege, *buffer);
        return true;
    }
    return false;
}

}  // namespace axo::kernel
