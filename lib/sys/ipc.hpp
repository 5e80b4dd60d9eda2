// The IPC primitives (include/axo/ipc.hpp has their semantics) and typed blocking requests.
#pragma once

#include "axo/protocol.hpp"
#include "lib/sys/context.hpp"
#include "lib/sys/trap.hpp"

namespace axo::sys {

/// Errors of all: dead_peer, call_denied, trap_denied, invalid (peer ANY).
Status send(Endpoint peer, const Message &message);  // also deadlock
Status receive(Endpoint from, Message &message);     // also deadlock
/// The message is replaced by the reply. Errors: also deadlock; busy: this turn has sent something to the peer that has
/// not left yet, and would be overtaken.
Status sendrec(Endpoint peer, Message &message);
/// The same for a request that has nothing to do with what this turn sent to the peer: it may come first.
Status sendrec_past_held(Endpoint peer, Message &message);
/// The same as the end of the turn: what it sent leaves first.
Status sendrec_ending_turn(Endpoint peer, Message &message);
Status notify(Endpoint peer);
Status sendnb(Endpoint peer, const Message &message);  // also not_ready
Status senda(Endpoint peer, const Message &message);   // also would_block

/// Answers a caller that waits in SENDREC. The answer leaves with the next receive, as everything that is sent in a
/// turn does; while messages may be deferred (a SEF dispatch) the last one does so in one trap, else the kernel holds
/// it. A caller that no longer waits is not an error.
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

/// Which turn this is: what it staged is there when the number has changed.
inline std::uint64_t turn() { return context().turns; }

/// From here on reply() and post() may defer; send_and_receive ends it.
void allow_deferring();
namespace detail {
void send_deferred();
}  // namespace detail
/// Gives a deferred message to the kernel to hold, so that others may follow it.
inline void flush_deferred() {
    if (context().deferral.waiting) [[unlikely]]
        detail::send_deferred();
}
/// Answers nobody waited for any more (the caller died or was interrupted).
std::uint64_t lost_replies();

/// A tag no earlier request of this process or of a predecessor at this endpoint had; never 0.
std::uint64_t next_tag();

/// Blocking typed request, only to whom this process may block on. Errors: those of R and of sendrec.
/// A request type with `overtakes` may come before what this turn sent to the peer.
template <Request R>
Result<typename R::Reply> call(Endpoint peer, const R &request) {
    Message message = encode_request(request, next_tag());
    if constexpr (requires { R::overtakes; })
        TRY(sendrec_past_held(peer, message));
    else
        TRY(sendrec(peer, message));
    return decode_reply<typename R::Reply>(message);
}

/// The same as the end of the turn: what it sent leaves first.
template <Request R>
Result<typename R::Reply> call_ending_turn(Endpoint peer, const R &request) {
    Message message = encode_request(request, next_tag());
    TRY(sendrec_ending_turn(peer, message));
    return decode_reply<typename R::Reply>(message);
}

}  // namespace axo::sys
