// Mailboxes of system processes: asynchronous messages and obituaries.
#include "kernel/ipc/async.hpp"

#include "kernel/counters.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

void append(AsyncBuffer *&head, AsyncBuffer *&tail, AsyncBuffer &buffer) {
    buffer.next = nullptr;
    (head != nullptr ? tail->next : head) = &buffer;
    tail = &buffer;
}

void unlink(AsyncBuffer *&head, AsyncBuffer *&tail, AsyncBuffer *previous, AsyncBuffer &buffer) {
    (previous != nullptr ? previous->next : head) = buffer.next;
    if (tail == &buffer) tail = previous;
}

void tell_those_who_want_the_pool() {
    the_kernel.messages.is_wanted = false;
    for (Privilege &privilege : the_kernel.privileges) {
        if (!privilege.wants_room) continue;
        privilege.wants_room = false;
        kernel_signal_to(privilege, kernel_signal::send_room);
    }
}

/// The buffer left the mailbox of `destination`: one message fewer is on the way.
void discard(Privilege &destination, AsyncBuffer &buffer) {
    Privilege &sender = the_kernel.privileges[buffer.sender];
    Pair &pair = pair_of(sender, destination);
    --pair.buffered;
    free_buffer(buffer);
    if (pair.wants_room && pair.buffered <= pair_bound(sender, destination) / 2) {
        pair.wants_room = false;
        kernel_signal_to(sender, kernel_signal::send_room);
    }
    if (the_kernel.messages.is_wanted) tell_those_who_want_the_pool();
}

Status refuse_for_room(Privilege &sender, Pair &pair, bool pair_is_full) {
    if (pair_is_full)
        pair.wants_room = true;
    else
        sender.wants_room = the_kernel.messages.is_wanted = true;
    return Error::would_block;
}

Status buffer_message(Process &caller, Process &target, const Message &message) {
    Privilege &sender = *caller.privilege, &destination = *target.privilege;
    Pair &pair = pair_of(sender, destination);
    if (pair.buffered >= pair_bound(sender, destination)) return refuse_for_room(sender, pair, true);
    AsyncBuffer *buffer = allocate_buffer(sender);
    if (buffer == nullptr) return refuse_for_room(sender, pair, false);
    if (!message.is_reply() && !note_request(sender, pair)) {
        free_buffer(*buffer);
        return refuse_for_room(sender, pair, false);
    }
    buffer->message = message;
    ++pair.buffered;
    append(destination.async_head, destination.async_tail, *buffer);
    destination.waiting |= waiting::async;
    return {};
}

Status deliver_now(Process &caller, Process &target, const Message &message) {
    Pair &pair = pair_of(*caller.privilege, *target.privilege);
    if (!message.is_reply() && !note_request(*caller.privilege, pair))
        return refuse_for_room(*caller.privilege, pair, false);
    deliver(target, message, nullptr);
    return {};
}

bool reply_is_expected(const Process &caller, const Process &target, const Message &message) {
    if (!message.is_reply()) return false;
    const bool in_call =
        target.has(run_flag::awaiting_reply) && target.peer == caller.endpoint && target.tag == message.tag;
    const bool asked = target.is_user == 0 && pair_of(*target.privilege, *caller.privilege).unanswered > 0;
    return in_call || asked;
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

}  // namespace

bool note_request(Privilege &sender, Pair &pair) {
    if (pair.unanswered == 0 && !reserve_obituary(sender, pair)) return false;
    if (pair.unanswered != 0xffff) ++pair.unanswered;
    return true;
}

Status send_async(Process &caller, Endpoint to, Message message) {
    stamp(message, caller, IpcCall::senda);
    Process &target = *TRY(async_target(caller, to, message));
    if (complete_request(target, caller, message)) return {};
    if (target.is_user != 0) {
        ++this_cpu().counters.late_replies_dropped;
        return Error::not_ready;
    }
    const Status sent = accepts(target, caller.endpoint) ? deliver_now(caller, target, message)
                                                         : buffer_message(caller, target, message);
    if (sent && message.is_reply()) note_reply(caller, target);
    return sent;
}

void note_reply(const Process &from, const Process &to) {
    if (to.is_user != 0 || from.is_user != 0) return;
    Pair &pair = pair_of(*to.privilege, *from.privilege);
    if (pair.unanswered == 0) return;
    if (--pair.unanswered == 0) unreserve_obituary(*to.privilege, pair);
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

bool take_obituary(Process &caller, Endpoint from) {
    Privilege &privilege = *caller.privilege;
    AsyncBuffer *previous = nullptr;
    for (AsyncBuffer *buffer = privilege.obituary_head; buffer != nullptr; previous = buffer, buffer = buffer->next) {
        if (from != endpoint::any && from != buffer->message.source) continue;
        unlink(privilege.obituary_head, privilege.obituary_tail, previous, *buffer);
        if (privilege.obituary_head == nullptr) privilege.waiting &= ~waiting::obituary;
        deliver(caller, buffer->message, nullptr);
        free_buffer(*buffer);
        return true;
    }
    return false;
}

namespace {

Message obituary(const Process &dead, std::uint64_t reason) {
    return {.source = endpoint::system,
            .type = kernel_message::peer_died,
            .flags = static_cast<std::uint16_t>(message_flag::from_kernel | static_cast<unsigned>(IpcCall::senda)),
            .tag = 0,
            .words = {dead.endpoint.value, reason, 0, 0, 0, 0, 0}};
}

void post_obituary(Privilege &peer, const Pair &pair, const Message &message) {
    AsyncBuffer &buffer = take_obituary_buffer(peer, pair);
    if (peer.owner != nullptr && accepts(*peer.owner, message.source)) {
        deliver(*peer.owner, message, nullptr);
        free_buffer(buffer);
        return;
    }
    buffer.message = message;
    append(peer.obituary_head, peer.obituary_tail, buffer);
    peer.waiting |= waiting::obituary;
}

/// Takes out of the mailbox what `unwanted` says.
template <typename Predicate>
void sift(Privilege &destination, Predicate unwanted) {
    AsyncBuffer *previous = nullptr;
    for (AsyncBuffer *buffer = destination.async_head; buffer != nullptr;) {
        AsyncBuffer *next = buffer->next;
        if (unwanted(*buffer)) {
            unlink(destination.async_head, destination.async_tail, previous, *buffer);
            discard(destination, *buffer);
        } else {
            previous = buffer;
        }
        buffer = next;
    }
    if (destination.async_head == nullptr) destination.waiting &= ~waiting::async;
}

}  // namespace

void bury_requests(Process &dead, std::uint64_t reason) {
    Privilege &destination = *dead.privilege;
    sift(destination, [](const AsyncBuffer &buffer) { return !buffer.message.is_reply(); });
    for (Privilege &peer : the_kernel.privileges) {
        Pair &pair = pair_of(peer, destination);
        if (pair.unanswered == 0) continue;
        pair.unanswered = 0;
        post_obituary(peer, pair, obituary(dead, reason));
    }
}

void withdraw_requests(const Process &dead) {
    const unsigned id = dead.privilege->id();
    for (Privilege &other : the_kernel.privileges) {
        Pair &pair = pair_of(*dead.privilege, other);
        if (pair.unanswered != 0) unreserve_obituary(*dead.privilege, pair);
        pair.unanswered = 0;
        pair.wants_room = false;
        if (pair.buffered == 0) continue;
        sift(other, [id](const AsyncBuffer &buffer) { return buffer.sender == id && !buffer.message.is_reply(); });
    }
}

void empty_mailbox(Privilege &privilege) {
    sift(privilege, [](const AsyncBuffer &) { return true; });
    while (AsyncBuffer *buffer = privilege.obituary_head) {
        privilege.obituary_head = buffer->next;
        free_buffer(*buffer);
    }
    privilege.obituary_tail = nullptr;
    privilege.waiting = 0;
}

}  // namespace axo::kernel
