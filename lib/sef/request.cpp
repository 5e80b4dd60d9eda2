// Pending requests: settled by the reply, by the peer's death or by the deadline, whatever is first.
#include "lib/sef/request.hpp"

#include "lib/sef/context.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

PendingTable &pending_requests() { return context().requests; }

void PendingRequest::send(Nanoseconds deadline, std::coroutine_handle<> handle) {
    waiter_.handle = handle;
    context().requests.add(*this);
    if (deadline.value != 0) {
        timer_.set_callback(bind<&PendingRequest::on_deadline>(*this));
        timer_.set(deadline);
    }
    const Status sent = outbox().post(outgoing_);
    if (!sent) settle(sent.error());
}

void PendingRequest::settle(Error error) {
    context().requests.remove(*this);
    outgoing_.node.unlink();
    timer_.cancel();
    outgoing_.message.words[0] = static_cast<std::uint64_t>(to_wire(error));
    make_ready(waiter_);
}

void PendingTable::add(PendingRequest &request) { bucket(request.outgoing_.message.tag).push_back(request); }

PendingRequest *PendingTable::find(Endpoint peer, std::uint64_t tag) {
    for (PendingRequest &request : bucket(tag)) {
        if (request.outgoing_.message.tag == tag && request.outgoing_.peer == peer) return &request;
    }
    return nullptr;
}

void PendingTable::on_reply(const Message &message) {
    PendingRequest *request = find(message.source, message.tag);
    if (request == nullptr) {
        ++late_replies_;
        return;
    }
    remove(*request);
    request->timer_.cancel();
    request->outgoing_.node.unlink();  // answered before it was sent: it must not go any more
    request->outgoing_.message = message;
    make_ready(request->waiter_);
}

void PendingTable::on_refused(Endpoint peer, const Message &message, Error error) {
    PendingRequest *request = find(peer, message.tag);
    if (request == nullptr) return;  // its deadline passed
    if (error == Error::would_block)
        outbox().keep(request->outgoing_);
    else
        request->settle(error);
}

void keep_refused(Endpoint peer, const Message &message, Error error) {
    if (!message.is_reply()) return pending_requests().on_refused(peer, message, error);
    if (error != Error::would_block) return;  // a dead requester needs no answer
    if (!outbox().keep(peer, message)) sys::log("answer to %x lost: no memory", peer.value);
}

void PendingTable::on_peer_died(Endpoint peer) {
    for (Bucket &list : buckets_) {
        for (PendingRequest *request = list.front(); request != nullptr;) {
            PendingRequest *next = list.next(*request);
            if (request->outgoing_.peer == peer) request->settle(Error::dead_peer);
            request = next;
        }
    }
}

void PendingTable::forget() {
    for (Bucket &list : buckets_) list.forget();
}

bool PendingTable::waits_for(Endpoint peer) {
    for (Bucket &list : buckets_)
        for (const PendingRequest &request : list)
            if (request.outgoing_.peer == peer) return true;
    return false;
}

std::size_t PendingTable::count() {
    std::size_t total = 0;
    for (Bucket &list : buckets_) total += list.count();
    return total;
}

}  // namespace axo::sef
