// Sending answers, and what happens to forgotten ones.
#include "lib/sef/reply.hpp"

#include "lib/sef/loop.hpp"
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
    if (frame_failure()) return send_status(to_wire(Error::no_memory));
    sys::log("request %x of %x was never answered", type, caller.value);
    send_status(to_wire(Error::io));
}

}  // namespace detail

UserCall &UserCall::operator=(UserCall &&other) noexcept {
    if (this == &other) return *this;
    if (owed_) this->~UserCall();
    process_ = other.process_;
    number_ = other.number_;
    owed_ = std::exchange(other.owed_, false);
    tag_ = other.tag_;
    for (unsigned i = 0; i < 6; ++i) arguments_[i] = other.arguments_[i];
    return *this;
}

UserCall::~UserCall() {
    if (!owed_) return;
    const bool no_memory = detail::frame_failure();
    if (!no_memory) sys::log("call %u of %x was never answered", number_, process_.value);
    fail(no_memory ? Error::no_memory : Error::io);
}

void UserCall::answer(std::int64_t value) {
    if (!std::exchange(owed_, false)) return;
    sys::reply(process_, encode_error(number_, tag_, value));
}

}  // namespace axo::sef
