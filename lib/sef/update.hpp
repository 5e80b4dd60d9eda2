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
/// prepare: is the service in that state now? valid: does it know that state at all?
struct Policy {
    bool (*prepare)(std::uint32_t state);
    bool (*valid)(std::uint32_t state);
};
extern const Policy never_supported;  // every request is answered no_syscall
extern const Policy always;           // the standard states 1..3, always ready
extern const Policy work_free;        // only work_free
extern const Policy never;            // accepts the standard states and is never ready (for tests)
}  // namespace ready_when

/// Called through by the main loop.
class Update {
public:
    explicit Update(const ready_when::Policy &policy) : policy_(policy) {}

    void on_prepare(const rs::UpdatePrepare &request);
    /// True: ready now; the loop calls the service's save_state and then report().
    bool due() const;
    std::uint32_t state() const { return state_; }
    /// Tells RS. Success never returns; otherwise the update is over and work goes on.
    void report(Status result);

private:
    const ready_when::Policy &policy_;
    std::uint32_t state_ = update_state::none;
};

}  // namespace axo::sef
