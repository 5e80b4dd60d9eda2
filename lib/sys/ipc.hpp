// The IPC primitives (include/axo/ipc.hpp has their semantics) and typed blocking requests.
#pragma once

#include "axo/protocol.hpp"
#include "lib/sys/context.hpp"
#include "lib/sys/trap.hpp"

namespace axo::sys {

/// Errors of all: dead_peer, call_denied, trap_denied, invalid (peer ANY).
Status send(Endpoint peer, const Message &message);  // also deadlock
Status receive(Endpoint from, Message &message);     // also deadlock
Status sendrec(Endpoint peer, Message &message);     // replaced by the reply; also deadlock
Status notify(Endpoint peer);
Status sendnb(Endpoint peer, const Message &message);  // also not_ready
Status senda(Endpoint peer, const Message &message);   // also would_block

/// Answers a caller that waits in SENDREC. While messages may be deferred (a SEF dispatch) the answer
/// leaves with the next receive, in one trap, but before anything else this process does to the
/// world: every other trap sends it first. A caller that no longer waits is not an error.
void reply(Endpoint caller, const Message &message);

/// The same for an answer of one word, such as that of a Linux call.
void reply_value(Endpoint caller, std::uint16_t type, std::uint64_t tag, std::int64_t value);

/// senda() whose message may be deferred likewise. Then it returns success, and if the kernel refuses the message
/// after all, on_refusal's function is called, before anything else is sent or received. Errors, when not deferred:
/// those of senda.
Status post(Endpoint peer, const Message &message);
void on_refusal(Refusal function);

/// receive() that takes a deferred message along. Errors: those of receive; again: the deferred message was refused, so
/// nothing was received, since what the refusal changed may have made work.
Status send_and_receive(Endpoint from, Message &message);

/// From here on reply() and post() may defer; send_and_receive ends it.
void allow_deferring();
namespace detail {
void send_deferred();
}  // namespace detail
/// Sends a deferred message now.
inline void flush_deferred() {
    if (context().deferral.waiting) [[unlikely]]
        detail::send_deferred();
}
/// Answers nobody waited for any more (the caller died or was interrupted).
std::uint64_t lost_replies();

/// A tag no earlier request of this process or of a predecessor at this endpoint had; never 0.
std::uint64_t next_tag();

/// Blocking typed request, only to whom this process may block on. Errors: those of R and of sendrec.
template <Request R>
Result<typename R::Reply> call(Endpoint peer, const R &request) {
    Message message = encode_request(request, next_tag());
    TRY(sendrec(peer, message));
    return decode_reply<typename R::Reply>(message);
}

}  // namespace axo::sys
