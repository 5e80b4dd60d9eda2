// A read or write that waits at the driver, as a record in the State: it outlives the handler that
// took it and can be found by who sent it.
#pragma once

#include "axo/device_protocol.hpp"
#include "lib/base/vector.hpp"
#include "lib/sef/reply.hpp"

namespace axo::driver {

template <typename R>
struct PendingTransfer {
    sef::ReplyTo<typename R::Reply> reply;
    std::uint32_t minor;
    GrantId buffer;  // of reply.caller()
    std::uint64_t bytes;
    std::uint64_t done;

    /// Answers with what was moved; `error` if that is nothing.
    void finish(Error error) {
        if (done > 0)
            reply.ok({.bytes = done});
        else
            reply.fail(error);
    }
};

/// First come, first served.
template <typename R>
class PendingQueue {
public:
    using Pending = PendingTransfer<R>;

    explicit PendingQueue(Heap &heap = arena_heap()) : pending_(heap) {}

    /// Without memory for the record the request is answered with no_memory.
    void add(const R &request, sef::ReplyTo<typename R::Reply> reply, std::uint64_t done) {
        if (!pending_.reserve(pending_.size() + 1)) return reply.fail(Error::no_memory);
        const Status added = pending_.push_back({std::move(reply), request.minor, request.buffer, request.bytes, done});
        ensure(added.has_value());
    }

    bool empty() const { return pending_.empty(); }
    std::size_t size() const { return pending_.size(); }
    Pending &operator[](std::size_t index) { return pending_[index]; }
    Pending &front() { return pending_.front(); }
    void remove(std::size_t index) { pending_.erase(index); }
    void remove_front() { pending_.erase(0); }

    /// Answers the request of `requester` with `tag`: what was moved so far, or `interrupted`.
    /// False: no such request here.
    bool cancel(Endpoint requester, std::uint64_t tag) {
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            if (pending_[i].reply.caller() != requester || pending_[i].reply.tag() != tag) continue;
            pending_[i].finish(Error::interrupted);
            pending_.erase(i);
            return true;
        }
        return false;
    }

    /// Answers all of a minor (its last close, a hang-up): what was moved, or `error`.
    void finish_minor(std::uint32_t minor, Error error) {
        for (std::size_t i = 0; i < pending_.size();) {
            if (pending_[i].minor != minor) {
                ++i;
                continue;
            }
            pending_[i].finish(error);
            pending_.erase(i);
        }
    }

private:
    Vector<Pending> pending_;
};

}  // namespace axo::driver
