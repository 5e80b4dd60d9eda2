// Live update, the service's side (ref 2.5): RS names a state; before each receive the service says
// whether it is in it; once it is, it reports ready and waits to be swapped out.
#pragma once

#include "axo/error.hpp"
#include "axo/rs_protocol.hpp"

namespace axo::sef {

namespace update_state {
inline constexpr std::uint32_t none = 0, work_free = 1, request_free = 2, protocol_free = 3, first_custom = 4;
}

namespace ready_when {
/// prepare: is the service in that state now? valid: does it know that state at all? A service whose answer depends on
/// its State has member functions `bool prepare(std::uint32_t state)` and `bool state_valid(std::uint32_t state)`
/// instead.
struct Policy {
    bool (*prepare)(std::uint32_t state);
    bool (*valid)(std::uint32_t state);
};
extern const Policy never_supported;  // every request is answered no_syscall
extern const Policy always;           // the standard states 1..3, always ready
extern const Policy work_free;        // only work_free
extern const Policy never;            // accepts the standard states and is never ready (for tests)
extern const Policy crash, hang;      // do so when asked whether they are ready (for tests)
}  // namespace ready_when

/// The standard states 1..3.
bool is_standard_state(std::uint32_t state);

/// What RS asked for and whether it can be had. The main loop connects it with the service.
class Update {
public:
    explicit Update(const ready_when::Policy &policy) : policy_(policy) {}

    std::uint32_t state() const { return state_; }
    void set_state(std::uint32_t state) { state_ = state; }

    /// Some policy was chosen: a state that is not known is then `invalid`, not `no_syscall`.
    bool supported() const { return policy_.valid != nullptr; }
    bool valid(std::uint32_t state) const { return supported() && policy_.valid(state); }
    bool ready() const { return policy_.prepare != nullptr && policy_.prepare(state_); }

    /// Nothing is on its way whose answer or coroutine an update would lose: no request of this service unanswered, no
    /// message waiting for room, no suspended handler. Until then an update waits, in every state.
    static bool quiet();

    /// Tells RS that a state can not be prepared.
    static void refuse(std::uint32_t state, Error error);
    /// Tells RS that the service is ready, or why it could not save its state. Success never returns; otherwise the
    /// update is over, for the reason returned: `interrupted` when RS called it off.
    Error report(Status result) const;

private:
    const ready_when::Policy &policy_;
    std::uint32_t state_ = update_state::none;
};

}  // namespace axo::sef
