// The predefined policies, and what a live update says to RS.
#include "lib/sef/update.hpp"

#include "lib/sef/context.hpp"
#include "lib/sys/ipc.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

bool is_standard_state(std::uint32_t state) {
    return state >= update_state::work_free && state <= update_state::protocol_free;
}

namespace ready_when {

namespace {

bool yes(std::uint32_t) { return true; }
bool no(std::uint32_t state) {
    sys::log("never ready for state %u", state);
    return false;
}
bool only_work_free(std::uint32_t state) { return state == update_state::work_free; }
bool dies(std::uint32_t state) { sys::panic("asked to prepare state %u", state); }
bool spins(std::uint32_t) {
    for (;;) asm volatile("pause");
}

}  // namespace

constexpr Policy never_supported{.prepare = nullptr, .valid = nullptr};
constexpr Policy always{.prepare = yes, .valid = is_standard_state};
constexpr Policy work_free{.prepare = yes, .valid = only_work_free};
constexpr Policy never{.prepare = no, .valid = is_standard_state};
constexpr Policy crash{.prepare = dies, .valid = is_standard_state};
constexpr Policy hang{.prepare = spins, .valid = is_standard_state};

}  // namespace ready_when

bool Update::quiet() {
    sys::flush_deferred();  // what is refused of it goes to the outbox
    return context().live_frames == 0 && pending_requests().count() == 0 && outbox().empty();
}

void Update::refuse(std::uint32_t state, Error error) {
    const rs::UpdateReady answer{.state = state, .reserved = 0, .result = to_wire(error)};
    static_cast<void>(sys::call_ending_turn(endpoint::rs, answer));
}

// On success this process is swapped out while it waits and never comes back.
Error Update::report(Status result) const {
    const rs::UpdateReady ready{.state = state_, .reserved = 0, .result = to_wire(result)};
    const auto answer = sys::call_ending_turn(endpoint::rs, ready);
    return answer ? Error::interrupted : answer.error();
}

}  // namespace axo::sef
