// Word of the dead: peers with an unanswered request at a process that died are told once each; what was on its way
// from or to it goes.
#include "kernel/ipc/async.hpp"
#include "kernel/ipc/buffer_queue.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {

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
void sift_mailbox(Privilege &destination, Predicate unwanted) {
    sift(destination.async_head, destination.async_tail, unwanted,
         [&destination](AsyncBuffer &buffer) { discard(destination, buffer); });
    if (destination.async_head == nullptr) destination.waiting &= ~waiting::async;
}

}  // namespace

void bury_requests(Process &dead, std::uint64_t reason) {
    Privilege &destination = *dead.privilege;
    drop_held_for(destination, HeldFor::the_forgetful);
    sift_mailbox(destination, [](const AsyncBuffer &buffer) { return !buffer.message.is_reply(); });
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
        sift_mailbox(other,
                     [id](const AsyncBuffer &buffer) { return buffer.sender == id && !buffer.message.is_reply(); });
    }
}

void empty_mailbox(Privilege &privilege) {
    sift_mailbox(privilege, [](const AsyncBuffer &) { return true; });
    while (AsyncBuffer *buffer = privilege.obituary_head) {
        privilege.obituary_head = buffer->next;
        free_buffer(*buffer);
    }
    privilege.obituary_tail = nullptr;
    privilege.waiting = 0;
}

}  // namespace axo::kernel
