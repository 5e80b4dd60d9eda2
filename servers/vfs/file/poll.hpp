// How a poll or select call looks and waits.
#pragma once

#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {

/// How many of the items of `call.poll` are ready, once one is or the time is up; issued again it says the same. Each
/// item's `returned` says what. Errors: answered_later, interrupted (poll and select are never restarted), no_memory,
/// no_syscall (PM knows no such mask).
Outcome wait_for_events(Vfs &vfs, Call &call);

/// Links the item into a watch, so that a change from now on makes the call look again.
void watch(Call &call, PollItem &item, Watch &watched);

inline constexpr std::uint16_t always_ready =
    abi::poll_in | abi::poll_out | abi::poll_read_normal | abi::poll_write_normal;

}  // namespace axo::vfs
