// The IPC primitives, and the one reply that may wait to leave together with the next receive.
#include "lib/sys/ipc.hpp"

namespace axo::sys {

namespace detail {
bool reply_deferred = false;
}  // namespace detail

namespace {

bool may_defer = false;
Endpoint deferred_caller;
Message deferred_message;
std::uint64_t lost = 0;
std::uint64_t last_tag = 0;

Status status_of(std::int64_t value) {
    if (value < 0) return error_from_wire(value);
    return {};
}

Status send_by(IpcCall call, Endpoint peer, const Message &message) {
    flush_reply();
    return status_of(send_trap(call, peer, message));
}

}  // namespace

Status send(Endpoint peer, const Message &message) { return send_by(IpcCall::send, peer, message); }
Status sendnb(Endpoint peer, const Message &message) { return send_by(IpcCall::sendnb, peer, message); }
Status senda(Endpoint peer, const Message &message) { return send_by(IpcCall::senda, peer, message); }
Status notify(Endpoint peer) { return send_by(IpcCall::notify, peer, Message{}); }

Status receive(Endpoint from, Message &message) {
    flush_reply();
    return status_of(receive_trap(from, message));
}

Status sendrec(Endpoint peer, Message &message) {
    flush_reply();
    return status_of(exchange_trap(IpcCall::sendrec, peer, peer, message, message).value);
}

void reply(Endpoint caller, const Message &message) {
    flush_reply();
    deferred_caller = caller;
    deferred_message = message;
    detail::reply_deferred = true;
    if (!may_defer) detail::send_deferred_reply();
}

void reply_value(Endpoint caller, std::uint16_t type, std::uint64_t tag, std::int64_t value) {
    flush_reply();
    deferred_caller = caller;
    deferred_message = encode_error(type, tag, value);
    detail::reply_deferred = true;
    if (!may_defer) detail::send_deferred_reply();
}

Status reply_receive(Endpoint from, Message &message) {
    may_defer = false;
    if (!detail::reply_deferred) return status_of(receive_trap(from, message));
    detail::reply_deferred = false;
    const TrapResult result = exchange_trap(IpcCall::reply_receive, deferred_caller, from, deferred_message, message);
    if (static_cast<std::int64_t>(result.second) < 0) ++lost;
    return status_of(result.value);
}

void defer_replies() { may_defer = true; }

void detail::send_deferred_reply() {
    reply_deferred = false;
    if (send_trap(IpcCall::sendnb, deferred_caller, deferred_message) < 0) ++lost;
}

std::uint64_t lost_replies() { return lost; }

// The time-stamp counter runs faster than anybody can send, so a successor starts above every tag
// of its predecessor.
std::uint64_t next_tag() {
    if (last_tag == 0) last_tag = timestamp();
    return ++last_tag;
}

}  // namespace axo::sys
