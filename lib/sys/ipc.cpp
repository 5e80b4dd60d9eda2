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

Status status_of(const TrapResult &result) {
    if (result.value < 0) return error_from_wire(result.value);
    return {};
}

Status send_by(IpcCall call, Endpoint peer, const Message &message) {
    flush_reply();
    Message copy = message;
    return status_of(ipc_trap(call, peer, endpoint::none, copy));
}

void send_reply(Endpoint caller, const Message &message) {
    Message copy = message;
    if (ipc_trap(IpcCall::sendnb, caller, endpoint::none, copy).value < 0) ++lost;
}

}  // namespace

Status send(Endpoint peer, const Message &message) { return send_by(IpcCall::send, peer, message); }
Status sendnb(Endpoint peer, const Message &message) { return send_by(IpcCall::sendnb, peer, message); }
Status senda(Endpoint peer, const Message &message) { return send_by(IpcCall::senda, peer, message); }
Status notify(Endpoint peer) { return send_by(IpcCall::notify, peer, Message{}); }

Status receive(Endpoint from, Message &message) {
    flush_reply();
    return status_of(ipc_trap(IpcCall::receive, from, from, message));
}

Status sendrec(Endpoint peer, Message &message) {
    flush_reply();
    return status_of(ipc_trap(IpcCall::sendrec, peer, peer, message));
}

void reply(Endpoint caller, const Message &message) {
    flush_reply();
    if (!may_defer) return send_reply(caller, message);
    deferred_caller = caller;
    deferred_message = message;
    detail::reply_deferred = true;
}

Status reply_receive(Endpoint from, Message &message) {
    may_defer = false;
    if (!detail::reply_deferred) return status_of(ipc_trap(IpcCall::receive, from, from, message));
    detail::reply_deferred = false;
    message = deferred_message;
    const TrapResult result = ipc_trap(IpcCall::reply_receive, deferred_caller, from, message);
    if (static_cast<std::int64_t>(result.second) < 0) ++lost;
    return status_of(result);
}

void defer_replies() { may_defer = true; }

void detail::send_deferred_reply() {
    reply_deferred = false;
    send_reply(deferred_caller, deferred_message);
}

std::uint64_t lost_replies() { return lost; }

// The time-stamp counter runs faster than anybody can send, so a successor starts above every tag
// of its predecessor.
std::uint64_t next_tag() {
    if (last_tag == 0) last_tag = timestamp();
    return ++last_tag;
}

}  // namespace axo::sys
