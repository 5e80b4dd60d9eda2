// Asynchronous sending that keeps order: what the kernel's bound on buffered messages refuses waits
// here and goes out when the kernel reports room. Requests and answers may be deferred (sys::post): then a
// refusal comes later, by keep_refused.
#pragma once

#include "axo/protocol.hpp"
#include "lib/base/list.hpp"

namespace axo::sef {

/// A message waiting for room; embedded in a pending request, or on the scratch heap.
struct Outgoing {
    ListNode node;
    Endpoint peer;
    bool owned;  // on the scratch heap: freed once sent
    Message message;
};

class Outbox {
public:
    /// Sends by SENDA at once, or keeps a copy for later. Errors: no_memory, dead_peer, call_denied, invalid.
    Status send(Endpoint peer, const Message &message);
    /// The same, perhaps with the next receive; then of the errors only no_memory is seen, and logged.
    Status post(Endpoint peer, const Message &message);
    /// The same with the caller's storage; `item` must live until it is no longer linked.
    Status post(Outgoing &item);
    /// A copy, or the item itself, waits for room. Errors: no_memory.
    Status keep(Endpoint peer, const Message &message);
    void keep(Outgoing &item) { waiting_.push_back(item); }
    /// The kernel has room again: sends what it can, in order per peer.
    void on_room();
    /// Messages for a dead peer are dropped.
    void drop(Endpoint peer);
    bool empty() { return waiting_.empty(); }
    /// See forget_coroutines.
    void forget() { waiting_.forget(); }

private:
    bool must_wait(Endpoint peer);
    bool waiting_for(Endpoint peer);
    void finish(Outgoing &item);

    IntrusiveList<Outgoing, &Outgoing::node> waiting_;
};

Outbox &outbox();

/// A request nobody waits for: tag 0, which the receiver does not answer. It is sent at once.
template <Request R>
Status tell(Endpoint peer, const R &request) {
    return outbox().send(peer, encode_request(request, 0));
}

}  // namespace axo::sef
