// The predefined policies and the state machine of a live update.
#include "lib/sef/update.hpp"

#include "lib/sys/ipc.hpp"

namespace axo::sef {

namespace ready_when {

namespace {

bool yes(std::uint32_t) { return true; }
bool no(std::uint32_t) { return false; }
bool standard(std::uint32_t state) {
    return state >= update_state::work_free && state <= update_state::protocol_free;
}
bool only_work_free(std::uint32_t state) { return state == update_state::work_free; }

}  // namespace

constexpr Policy never_supported{.prepare = nullptr, .valid = nullptr};
constexpr Policy always{.prepare = yes, .valid = standard};
constexpr Policy work_free{.prepare = yes, .valid = only_work_free};
constexpr Policy never{.prepare = no, .valid = standard};

}  // namespace ready_when

void Update::on_prepare(const rs::UpdatePrepare &request) {
    if (request.state == update_state::none) {
        state_ = update_state::none;
        return;
    }
    if (policy_.valid != nullptr && policy_.valid(request.state)) {
        state_ = request.state;
        return;
    }
    const Error error = policy_.valid == nullptr ? Error::no_syscall : Error::invalid;
    const rs::UpdateReady answer{.state = request.state, .reserved = 0, .result = to_wire(error)};
    static_cast<void>(sys::call(endpoint::rs, answer));
}

// Free of work is a service between two messages by definition.
bool Update::due() const { return state_ == update_state::work_free || policy_.prepare(state_); }

// On success this process is swapped out while it waits and never comes back; an answer means that
// the update is off.
void Update::report(Status result) {
    const rs::UpdateReady ready{.state = state_, .reserved = 0, .result = to_wire(result)};
    static_cast<void>(sys::call(endpoint::rs, ready));
    state_ = update_state::none;
}

}  // namespace axo::sef
