// Pending requests: settled by the reply, by the peer's death or by the deadline, whatever is first.
#include "lib/sef/request.hpp"

namespace axo::sef {

namespace {
PendingTable table;
}  // namespace

PendingTable &pending_requests() { return table; }

void PendingRequest::start(Endpoint peer, const Message &message, Nanoseconds deadline,
                           std::coroutine_handle<> handle) {
    waiter_.handle = handle;
    outgoing_.peer = peer;
    outgoing_.message = message;
    outgoing_.message.tag = sys::next_tag();
    table.add(*this);
    if (deadline.value != 0) {
        timer_.set_callback(bind<&PendingRequest::on_deadline>(*this));
        timer_.set(deadline);
    }
    const Status sent = outbox().post(outgoing_);
    if (!sent) settle(sent.error());
}

void PendingRequest::settle(Error error) {
    table.remove(*this);
    outgoing_.node.unlink();
    timer_.cancel();
    reply_.words[0] = static_cast<std::uint64_t>(to_wire(error));
    make_ready(waiter_);
}

void PendingTable::add(PendingRequest &request) { bucket(request.outgoing_.message.tag).push_back(request); }

void PendingTable::on_reply(const Message &message) {
    for (PendingRequest &request : bucket(message.tag)) {
        if (request.outgoing_.message.tag != message.tag || request.outgoing_.peer != message.source) continue;
        remove(request);
        request.timer_.cancel();
        request.reply_ = message;
        make_ready(request.waiter_);
        return;
    }
    ++late_replies_;
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

std::size_t PendingTable::count() {
    std::size_t total = 0;
    for (Bucket &list : buckets_) total += list.count();
    return total;
}

}  // namespace axo::sef
