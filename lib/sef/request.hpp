// Asynchronous typed requests of coroutines:
//
//   pm::LookupPid question{.process = process};
//   auto answer = co_await sef::request(endpoint::pm, question);      // Result<pm::LookupPid::Reply>
//
// Errors besides those of the request: dead_peer (it died before answering), timed_out (deadline),
// call_denied. An answer that comes after the deadline is dropped and counted.
#pragma once

#include "lib/sef/post.hpp"
#include "lib/sef/timer.hpp"
#include "lib/sys/ipc.hpp"

namespace axo::sef {

inline constexpr Nanoseconds default_deadline = seconds(30);
inline constexpr Nanoseconds no_deadline{0};
/// A file system always answers: the deadlines are in its device layer, which knows a slow disk from a dead one. One
/// that hangs is ended by RS, and its death answers. Giving up earlier would leave the caller in doubt about what was
/// done.
template <Request R>
inline constexpr Nanoseconds deadline_of =
    R::number >> 8 == message_type::file_system >> 8 ? no_deadline : default_deadline;

/// A request that was sent and is not answered yet. Lies in the frame of the coroutine that waits.
class PendingRequest {
public:
    /// For `peer`, under a new tag.
    template <Request R>
    PendingRequest(Endpoint peer, const R &request) {
        outgoing_.peer = peer;
        encode_request(outgoing_.message, request, sys::next_tag());
    }

    /// The coroutine is made ready when the request is settled.
    void send(Nanoseconds deadline, std::coroutine_handle<> handle);

    /// Once it is settled: words[0] < 0 is the error, the reply is in words[1..6].
    const Message &reply() const { return outgoing_.message; }
    /// Under which the peer knows it, for a cancel request. Valid until it is settled.
    std::uint64_t tag() const { return outgoing_.message.tag; }

private:
    friend class PendingTable;
    void settle(Error error);
    void on_deadline() { settle(Error::timed_out); }

    ListNode node_;  // in its bucket of the table
    Waiter waiter_;
    Timer timer_;
    Outgoing outgoing_;  // its message becomes the reply
};

/// All pending requests of the process, by tag.
class PendingTable {
public:
    void add(PendingRequest &request);
    void remove(PendingRequest &request) { Bucket::remove(request); }
    /// A message with the reply flag; counted and dropped when nobody waits for it.
    void on_reply(const Message &message);
    void on_peer_died(Endpoint peer);
    /// The kernel refused a deferred request: it waits for room or is settled.
    void on_refused(Endpoint peer, const Message &message, Error error);

    /// See forget_coroutines.
    void forget();

    std::uint64_t late_replies() const { return late_replies_; }
    std::size_t count();
    /// Whether an answer of this peer is awaited.
    bool waits_for(Endpoint peer);

private:
    using Bucket = IntrusiveList<PendingRequest, &PendingRequest::node_>;
    static constexpr std::size_t bucket_count = 64;

    PendingRequest *find(Endpoint peer, std::uint64_t tag);
    Bucket &bucket(std::uint64_t tag) { return buckets_[tag % bucket_count]; }

    Bucket buckets_[bucket_count];
    std::uint64_t late_replies_ = 0;
};

PendingTable &pending_requests();

/// What the kernel refused of the messages that were deferred: for sys::on_refusal.
void keep_refused(Endpoint peer, const Message &message, Error error);

/// What co_await works on, once; without a destructor, so that it may be a temporary.
template <Request R>
class [[nodiscard]] RequestAwaitable {
public:
    RequestAwaitable(Endpoint peer, const R &request, Nanoseconds deadline) : deadline_(deadline) {
        ::new (storage_) PendingRequest(peer, request);
    }
    RequestAwaitable(const RequestAwaitable &) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept { pending().send(deadline_, handle); }
    Result<typename R::Reply> await_resume() noexcept {
        const auto reply = decode_reply<typename R::Reply>(pending().reply());
        pending().~PendingRequest();
        return reply;
    }

private:
    PendingRequest &pending() { return *std::launder(reinterpret_cast<PendingRequest *>(storage_)); }

    Nanoseconds deadline_;
    alignas(PendingRequest) std::byte storage_[sizeof(PendingRequest)];
};

template <Request R>
RequestAwaitable<R> request(Endpoint peer, const R &request, Nanoseconds deadline = deadline_of<R>) {
    return RequestAwaitable<R>(peer, request, deadline);
}

}  // namespace axo::sef
