// Sending answers, and what happens to forgotten ones.
#include "lib/sef/reply.hpp"

#include "lib/sef/context.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

namespace detail {

void ReplyAddress::send(const Message &reply) const {
    if (call == IpcCall::sendrec) return sys::reply(caller, reply);
    if (call != IpcCall::senda || tag == 0) return;
    // A dead requester needs no answer; without memory to keep it, its deadline tells it.
    const Status sent = outbox().post(caller, reply);
    if (!sent && sent.error() == Error::no_memory) sys::log("answer to %x lost: no memory", caller.value);
}

void ReplyAddress::dropped() const {
    if (context().frame_failed) return send_status(to_wire(Error::no_memory));
    sys::log("request %x of %x was never answered", type, caller.value);
    send_status(to_wire(Error::io));
}

}  // namespace detail

void UserCall::dropped() {
    const bool no_memory = context().frame_failed;
    if (!no_memory) sys::log("call %u of %x was never answered", number_, process_.value);
    fail(no_memory ? Error::no_memory : Error::io);
}

}  // namespace axo::sef
