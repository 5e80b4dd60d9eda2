// A system process' IPC trap: from registers to primitives. The fast paths have already had their chance.
#include "kernel/ipc/async.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"

namespace axo::kernel {
namespace {

void end_turn_if_any(Process &caller) {
    if (holds_something(caller)) end_turn(caller);
}

Status receive_after_turn(Process &caller, Endpoint from) {
    end_turn_if_any(caller);
    return receive(caller, from);
}

/// A SENDREC may say that the turn ends with it: what was held goes first.
Status request(Process &caller, Endpoint to, const Message &message) {
    if ((caller.registers.trap_flags() & message_flag::ends_turn) != 0) end_turn_if_any(caller);
    return send(caller, to, message, SendMode::request);
}

/// Its reply half is as SENDNB, so a peer that is gone delays nobody.
Status reply_receive(Process &caller, Endpoint to, const Message &message) {
    const Endpoint from = caller.registers.trap_receive_from();
    end_turn_if_any(caller);
    const Status replied = to == endpoint::none ? Status{} : answer_now(caller, to, message);
    caller.registers.set_reply_status(to_wire(replied));
    return receive(caller, from);
}

/// The last message of a turn that holds others is held as well until it is known that it will not be refused.
Status sending_half(Process &caller, Endpoint to, const Message &message) {
    if (!holds_something(caller)) return send_async(caller, to, message);
    const Status held = hold_async(caller, to, message);
    if (held) end_turn(caller);
    return held;
}

/// A caller whose message is refused must hear of it now: what it would wait for may never come.
Status senda_receive(Process &caller, Endpoint to, const Message &message) {
    const Endpoint from = caller.registers.trap_receive_from();
    const Status sent = sending_half(caller, to, message);
    caller.registers.set_reply_status(to_wire(sent));
    return sent ? receive(caller, from) : sent;
}

Status dispatch(Process &caller, unsigned call, Endpoint peer, const Message &message) {
    switch (static_cast<IpcCall>(call)) {
        case IpcCall::send: return send(caller, peer, message, SendMode::wait);
        case IpcCall::receive: return receive_after_turn(caller, peer);
        case IpcCall::sendrec: return request(caller, peer, message);
        case IpcCall::notify: return notify(caller, peer);
        case IpcCall::sendnb: return answer(caller, peer, message, IpcCall::sendnb);
        case IpcCall::reply_receive: return reply_receive(caller, peer, message);
        case IpcCall::senda_receive: return senda_receive(caller, peer, message);
        case IpcCall::senda: return hold_async(caller, peer, message);
    }
    return Error::bad_request;
}

}  // namespace

void ipc_trap(Process &caller) {
    const auto call = static_cast<unsigned>(caller.registers.trap_word() & 0xff);
    const Endpoint peer = caller.registers.trap_peer();
    const Message message = caller.registers.outgoing();
    caller.registers.set_result(0);
    const Status status = dispatch(caller, call, peer, message);
    if (!status) caller.registers.set_result(to_wire(status));
}

}  // namespace axo::kernel
