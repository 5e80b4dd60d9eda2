// The IPC primitives, and the one message that may wait to leave together with the next receive.
#include "lib/sys/ipc.hpp"
#include "lib/sys/processor.hpp"

namespace axo::sys {

namespace {

Status status_of(std::int64_t value) {
    if (value < 0) return error_from_wire(value);
    return {};
}

Status send_by(IpcCall call, Endpoint peer, const Message &message) {
    flush_deferred();
    return status_of(send_trap(call, peer, message));
}

/// What would be overtaken is held by the kernel, so that it can see it.
void flush_deferred_to(Endpoint peer) {
    const Deferral &deferral = context().deferral;
    if (deferral.waiting && deferral.peer == peer) flush_deferred();
}

Status exchange(Endpoint peer, Message &message, std::uint16_t flags) {
    message.flags |= flags;
    return status_of(exchange_trap(IpcCall::sendrec, peer, peer, message, message).value);
}

}  // namespace

Status send(Endpoint peer, const Message &message) { return send_by(IpcCall::send, peer, message); }
Status sendnb(Endpoint peer, const Message &message) { return send_by(IpcCall::sendnb, peer, message); }
Status senda(Endpoint peer, const Message &message) { return send_by(IpcCall::senda, peer, message); }
Status notify(Endpoint peer) { return status_of(send_trap(IpcCall::notify, peer, Message{})); }

Status receive(Endpoint from, Message &message) {
    flush_deferred();
    return status_of(receive_trap(from, message));
}

Status sendrec(Endpoint peer, Message &message) {
    flush_deferred_to(peer);
    return exchange(peer, message, 0);
}

Status sendrec_past_held(Endpoint peer, Message &message) { return exchange(peer, message, message_flag::overtakes); }

Status sendrec_ending_turn(Endpoint peer, Message &message) {
    flush_deferred();
    return exchange(peer, message, message_flag::ends_turn);
}

namespace {

/// The deferred message was not taken.
[[gnu::noinline]] void sending_failed(Error error) {
    Deferral &deferral = context().deferral;
    if (deferral.call == IpcCall::reply_receive) {
        ++deferral.lost_replies;
    } else if (deferral.refusal != nullptr) {
        const Message message = deferral.message;
        deferral.refusal(deferral.peer, message, error);
    }
}

void defer(IpcCall call, Endpoint peer) {
    Deferral &deferral = context().deferral;
    deferral.call = call;
    deferral.peer = peer;
    deferral.waiting = true;
}

}  // namespace

void reply(Endpoint caller, const Message &message) {
    flush_deferred();
    context().deferral.message = message;
    defer(IpcCall::reply_receive, caller);
    if (!context().deferral.allowed) detail::send_deferred();
}

void reply_value(Endpoint caller, std::uint16_t type, std::uint64_t tag, std::int64_t value) {
    flush_deferred();
    context().deferral.message = encode_error(type, tag, value);
    defer(IpcCall::reply_receive, caller);
    if (!context().deferral.allowed) detail::send_deferred();
}

Status post(Endpoint peer, const Message &message) {
    if (!context().deferral.allowed) return senda(peer, message);
    flush_deferred();
    context().deferral.message = message;
    defer(IpcCall::senda_receive, peer);
    return {};
}

void on_refusal(Refusal function) { context().deferral.refusal = function; }

Status send_and_receive(Endpoint from, Message &message) {
    Deferral &deferral = context().deferral;
    deferral.allowed = false;
    ++context().turns;
    if (!deferral.waiting) return status_of(receive_trap(from, message));
    deferral.waiting = false;
    const TrapResult result = exchange_trap(deferral.call, deferral.peer, from, deferral.message, message);
    const auto sent = static_cast<std::int64_t>(result.second);
    if (sent < 0) [[unlikely]] {
        sending_failed(error_from_wire(sent));
        if (deferral.call == IpcCall::senda_receive) return Error::again;
    }
    return status_of(result.value);
}

void allow_deferring() { context().deferral.allowed = true; }

void detail::send_deferred() {
    Deferral &deferral = context().deferral;
    deferral.waiting = false;
    const IpcCall call = deferral.call == IpcCall::reply_receive ? IpcCall::sendnb : IpcCall::senda;
    const std::int64_t sent = send_trap(call, deferral.peer, deferral.message);
    if (sent < 0) sending_failed(error_from_wire(sent));
}

std::uint64_t lost_replies() { return context().deferral.lost_replies; }

// The time-stamp counter runs faster than anybody can send, so a successor starts above every tag
// of its predecessor.
std::uint64_t next_tag() {
    std::uint64_t &last = context().last_tag;
    if (last == 0) last = timestamp();
    return ++last;
}

}  // namespace axo::sys
