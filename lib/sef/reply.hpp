// The duty to answer. ReplyTo<Reply> belongs to a typed request, UserCall to a Linux call. Both move
// with whoever will answer; one that is destroyed unanswered is a bug of the service: it is logged
// and the caller gets Error::io, so that nobody waits for ever.
#pragma once

#include <array>
#include <utility>

#include "axo/protocol.hpp"
#include "lib/sef/post.hpp"
#include "lib/sys/ipc.hpp"

namespace axo::sef {

namespace detail {
/// To whom an answer goes. SENDREC callers get a reply, SENDA callers with a tag a SENDA reply, others none.
struct ReplyAddress {
    Endpoint caller;
    std::uint16_t type;
    IpcCall call;
    std::uint64_t tag;

    static ReplyAddress of(const Message &request) {
        return {request.source, request.type, request.call(), request.tag};
    }
    void send(const Message &reply) const;
    void send_status(std::int64_t status) const { send(encode_error(type, tag, status)); }
    /// Unanswered at destruction: no_memory when no coroutine frame could be had, else a bug.
    void dropped() const;
};
}  // namespace detail

template <WireData Reply>
class [[nodiscard]] ReplyTo {
public:
    ReplyTo() = default;  // owes nothing
    explicit ReplyTo(const Message &request) : to_(detail::ReplyAddress::of(request)), owed_(true) {}
    ReplyTo(ReplyTo &&other) noexcept : to_(other.to_), owed_(std::exchange(other.owed_, false)) {}
    ReplyTo &operator=(ReplyTo &&other) noexcept {
        if (this != &other) {
            if (owed_) to_.dropped();
            to_ = other.to_;
            owed_ = std::exchange(other.owed_, false);
        }
        return *this;
    }
    ~ReplyTo() {
        if (owed_) to_.dropped();
    }

    Endpoint caller() const { return to_.caller; }
    std::uint64_t tag() const { return to_.tag; }
    /// True until answered or abandoned.
    bool owed() const { return owed_; }

    void ok(const Reply &reply) {
        settle([&] { to_.send(encode_reply(to_.type, to_.tag, reply)); });
    }
    void ok() requires std::is_empty_v<Reply> { ok(Reply{}); }
    void fail(Error error) {
        settle([&] { to_.send_status(to_wire(error)); });
    }
    void status(const Status &result) requires std::is_empty_v<Reply> {
        if (result)
            ok();
        else
            fail(result.error());
    }
    void result(const Result<Reply> &result) {
        if (result)
            ok(*result);
        else
            fail(result.error());
    }
    /// Gives the duty up without an answer: the caller is gone, or gets its answer another way.
    void abandon() { owed_ = false; }

private:
    template <typename F>
    void settle(F send) {
        if (std::exchange(owed_, false)) send();
    }

    detail::ReplyAddress to_{};
    bool owed_ = false;
};

/// A Linux system call of a user process, which waits for the answer in the kernel.
class [[nodiscard]] UserCall {
public:
    UserCall() = default;  // owes nothing
    explicit UserCall(const Message &message)
        : process_(message.source), number_(message.type), owed_(true), tag_(message.tag) {
        __builtin_memcpy(arguments_.data(), message.words, sizeof arguments_);
    }
    UserCall(UserCall &&other) noexcept { take(other); }
    UserCall &operator=(UserCall &&other) noexcept {
        if (this != &other) {
            if (owed_) dropped();
            take(other);
        }
        return *this;
    }
    ~UserCall() {
        if (owed_) [[unlikely]]
            dropped();
    }

    Endpoint process() const { return process_; }
    unsigned number() const { return number_; }
    std::uint64_t argument(unsigned index) const { return arguments_[index]; }
    VirtAddr address(unsigned index) const { return VirtAddr{arguments_[index]}; }
    std::uint64_t tag() const { return tag_; }
    bool owed() const { return owed_; }

    void answer(std::int64_t value) {
        if (std::exchange(owed_, false)) sys::reply_value(process_, number_, tag_, value);
    }
    void fail(Error error) { answer(to_wire(error)); }
    void status(const Status &result) { answer(to_wire(result)); }
    void result(const Result<std::uint64_t> &result) {
        answer(result ? static_cast<std::int64_t>(*result) : to_wire(result.error()));
    }
    /// No answer will come: the process exits, or was given new registers.
    void abandon() { owed_ = false; }

private:
    void take(UserCall &other) {
        process_ = other.process_;
        number_ = other.number_;
        owed_ = std::exchange(other.owed_, false);
        tag_ = other.tag_;
        arguments_ = other.arguments_;
    }
    void dropped();

    Endpoint process_{};
    std::uint16_t number_ = 0;
    bool owed_ = false;
    std::uint64_t tag_ = 0;
    std::array<std::uint64_t, 6> arguments_;  // set with a message only
};

}  // namespace axo::sef
