// A system process' IPC trap: from registers to primitives. The fast paths have already had their chance.
#include "kernel/ipc/async.hpp"
#include "kernel/ipc/ipc.hpp"

namespace axo::kernel {
namespace {

/// The reply half of REPLY_RECEIVE: as SENDNB, so a peer that is gone delays nobody.
Status reply_half(Process &caller, Endpoint to, const Message &message) {
    if ((caller.privilege->rights.traps & trap_bit(IpcCall::reply_receive)) == 0) return Error::trap_denied;
    return to == endpoint::none ? Status{} : send(caller, to, message, SendMode::no_wait);
}

Status reply_receive(Process &caller, Endpoint to, const Message &message) {
    const Endpoint from = caller.registers.trap_receive_from();
    caller.registers.set_reply_status(to_wire(reply_half(caller, to, message)));
    return receive(caller, from);
}

/// A caller whose message is refused must hear of it now: what it would wait for may never come.
Status senda_receive(Process &caller, Endpoint to, const Message &message) {
    const Endpoint from = caller.registers.trap_receive_from();
    const Status sent = send_async(caller, to, message);
    caller.registers.set_reply_status(to_wire(sent));
    return sent ? receive(caller, from) : sent;
}

Status dispatch(Process &caller, unsigned call, Endpoint peer, const Message &message) {
    switch (static_cast<IpcCall>(call)) {
        case IpcCall::send: return send(caller, peer, message, SendMode::wait);
        case IpcCall::receive: return receive(caller, peer);
        case IpcCall::sendrec: return send(caller, peer, message, SendMode::request);
        case IpcCall::notify: return notify(caller, peer);
        case IpcCall::sendnb: return send(caller, peer, message, SendMode::no_wait);
        case IpcCall::reply_receive: return reply_receive(caller, peer, message);
        case IpcCall::senda_receive: return senda_receive(caller, peer, message);
        case IpcCall::senda: return send_async(caller, peer, message);
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
