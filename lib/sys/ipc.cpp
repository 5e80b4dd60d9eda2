// The IPC primitives, and the one message that may wait to leave together with the next receive.
#include "lib/sys/ipc.hpp"

namespace axo::sys {

namespace detail {
bool message_deferred = false;
}  // namespace detail

namespace {

bool may_defer = false;
IpcCall deferred_call;  // reply_receive or senda_receive
Endpoint deferred_peer;
Message deferred_message;
Refusal refusal = nullptr;
std::uint64_t lost = 0;
std::uint64_t last_tag = 0;

Status status_of(std::int64_t value) {
    if (value < 0) return error_from_wire(value);
    return {};
}

Status send_by(IpcCall call, Endpoint peer, const Message &message) {
    flush_deferred();
    return status_of(send_trap(call, peer, message));
}

}  // namespace

Status send(Endpoint peer, const Message &message) { return send_by(IpcCall::send, peer, message); }
Status sendnb(Endpoint peer, const Message &message) { return send_by(IpcCall::sendnb, peer, message); }
Status senda(Endpoint peer, const Message &message) { return send_by(IpcCall::senda, peer, message); }
Status notify(Endpoint peer) { return send_by(IpcCall::notify, peer, Message{}); }

Status receive(Endpoint from, Message &message) {
    flush_deferred();
    return status_of(receive_trap(from, message));
}

Status sendrec(Endpoint peer, Message &message) {
    flush_deferred();
    return status_of(exchange_trap(IpcCall::sendrec, peer, peer, message, message).value);
}

namespace {

/// The deferred message was not taken.
[[gnu::noinline]] void sending_failed(Error error) {
    if (deferred_call == IpcCall::reply_receive) {
        ++lost;
    } else if (refusal != nullptr) {
        const Message message = deferred_message;
        refusal(deferred_peer, message, error);
    }
}

void defer(IpcCall call, Endpoint peer) {
    deferred_call = call;
    deferred_peer = peer;
    detail::message_deferred = true;
}

}  // namespace

void reply(Endpoint caller, const Message &message) {
    flush_deferred();
    deferred_message = message;
    defer(IpcCall::reply_receive, caller);
    if (!may_defer) detail::send_deferred();
}

void reply_value(Endpoint caller, std::uint16_t type, std::uint64_t tag, std::int64_t value) {
    flush_deferred();
    deferred_message = encode_error(type, tag, value);
    defer(IpcCall::reply_receive, caller);
    if (!may_defer) detail::send_deferred();
}

Status post(Endpoint peer, const Message &message) {
    if (!may_defer) return senda(peer, message);
    flush_deferred();
    deferred_message = message;
    defer(IpcCall::senda_receive, peer);
    return {};
}

void on_refusal(Refusal function) { refusal = function; }

Status send_and_receive(Endpoint from, Message &message) {
    may_defer = false;
    if (!detail::message_deferred) return status_of(receive_trap(from, message));
    detail::message_deferred = false;
    const TrapResult result = exchange_trap(deferred_call, deferred_peer, from, deferred_message, message);
    const auto sent = static_cast<std::int64_t>(result.second);
    if (sent < 0) [[unlikely]] {
        sending_failed(error_from_wire(sent));
        if (deferred_call == IpcCall::senda_receive) return Error::again;
    }
    return status_of(result.value);
}

void allow_deferring() { may_defer = true; }

void detail::send_deferred() {
    message_deferred = false;
    const IpcCall call = deferred_call == IpcCall::reply_receive ? IpcCall::sendnb : IpcCall::senda;
    const std::int64_t sent = send_trap(call, deferred_peer, deferred_message);
    if (sent < 0) sending_failed(error_from_wire(sent));
}

std::uint64_t lost_replies() { return lost; }

// The time-stamp counter runs faster than anybody can send, so a successor starts above every tag
// of its predecessor.
std::uint64_t next_tag() {
    if (last_tag == 0) last_tag = timestamp();
    return ++last_tag;
}

}  // namespace axo::sys
