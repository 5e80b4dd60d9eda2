// SENDA: messages buffered by the kernel, in order per pair, first come first served among senders; and the obituaries
// for those whose requests a dead process never answered.
#pragma once

#include "kernel/ipc/message_pool.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

/// A request by SENDA whose sender waits for the answer: a tag of 0 says that none is wanted.
inline bool wants_answer(const Message &message) { return !message.is_reply() && message.tag != 0; }

/// SENDA: checked and counted now, held until the end of the caller's turn. A reply completes the SENDREC of a waiting
/// peer; everything else is delivered or buffered.
/// Errors as for send; would_block: the pair's bound or the pool is reached, kernel_signal::send_room will tell;
/// not_ready: a reply to a user process that does not wait for it.
Status hold_async(Process &caller, Endpoint to, Message message);

/// The sending half of SENDA_RECEIVE of a caller that holds nothing: it leaves at once. Errors as for hold_async.
Status send_async(Process &caller, Endpoint to, Message message);

/// A held message leaves; its destination is alive.
void let_go(Process &caller, AsyncBuffer &buffer);

/// The message goes no further: gives back its buffer and its place under the pair's bound.
void discard(Privilege &destination, AsyncBuffer &buffer);

/// Second and third half of RECEIVE: hands over the first that `from` admits, if any.
bool take_async(Process &caller, Endpoint from);
bool take_obituary(Process &caller, Endpoint from);

/// Counts a request of `sender` as unanswered. False, and nothing is counted: there is no buffer to set aside for the
/// obituary that it may need, or the count is at its end.
bool note_request(Privilege &sender, Pair &pair);

/// One request of `sender` at `destination` fewer is unanswered.
void settle_request(Privilege &sender, const Privilege &destination);

/// A reply from `from` to `to` left: it settles a request.
void note_reply(const Process &from, const Process &to);

/// The requests waiting for `dead` vanish, and each peer with an unanswered one gets peer_died (dead, reason).
void bury_requests(Process &dead, std::uint64_t reason);

/// The requests that `dead` had buffered elsewhere vanish; its replies stay.
void withdraw_requests(const Process &dead);

/// Everything in the mailbox of a structure that is about to be released.
void empty_mailbox(Privilege &privilege);

}  // namespace axo::kernel
