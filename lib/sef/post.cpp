// The outbox: what the kernel's bound refused, in order per peer.
#include "lib/sef/post.hpp"

#include "lib/base/owned.hpp"
#include "lib/sef/context.hpp"
#include "lib/sys/ipc.hpp"

namespace axo::sef {

Outbox &outbox() { return context().outbox; }

Status Outbox::send(Endpoint peer, const Message &message) {
    if (must_wait(peer)) return keep(peer, message);
    const Status sent = sys::senda(peer, message);
    return !sent && sent.error() == Error::would_block ? keep(peer, message) : sent;
}

Status Outbox::post(Endpoint peer, const Message &message) {
    if (must_wait(peer)) return keep(peer, message);
    const Status sent = sys::post(peer, message);
    return !sent && sent.error() == Error::would_block ? keep(peer, message) : sent;
}

Status Outbox::post(Outgoing &item) {
    item.owned = false;
    if (!must_wait(item.peer)) {
        const Status sent = sys::post(item.peer, item.message);
        if (sent || sent.error() != Error::would_block) return sent;
    }
    keep(item);
    return {};
}

Status Outbox::keep(Endpoint peer, const Message &message) {
    Outgoing *item = TRY(create<Outgoing>(scratch_heap()));
    item->peer = peer;
    item->owned = true;
    item->message = message;
    waiting_.push_back(*item);
    return {};
}

/// A message that was deferred goes first, and if it is refused it waits before this one.
bool Outbox::must_wait(Endpoint peer) {
    sys::flush_deferred();
    return waiting_for(peer);
}

bool Outbox::waiting_for(Endpoint peer) {
    for (const Outgoing &item : waiting_) {
        if (item.peer == peer) return true;
    }
    return false;
}

// A peer that still refuses keeps its later messages here too. What fails otherwise is dropped: the
// request it carries is settled by peer_died or its deadline.
void Outbox::on_room() {
    IntrusiveList<Outgoing, &Outgoing::node> retry;
    retry.take_all(waiting_);
    while (Outgoing *item = retry.pop_front()) {
        if (!waiting_for(item->peer)) {
            const Status sent = sys::senda(item->peer, item->message);
            if (sent || sent.error() != Error::would_block) {
                finish(*item);
                continue;
            }
        }
        waiting_.push_back(*item);
    }
}

void Outbox::drop(Endpoint peer) {
    for (Outgoing *item = waiting_.front(); item != nullptr;) {
        Outgoing *next = waiting_.next(*item);
        if (item->peer == peer) {
            waiting_.remove(*item);
            finish(*item);
        }
        item = next;
    }
}

void Outbox::finish(Outgoing &item) {
    if (item.owned) destroy(scratch_heap(), &item);
}

}  // namespace axo::sef
