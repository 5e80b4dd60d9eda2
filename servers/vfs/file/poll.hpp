// A poll or select call that waits: a record in the state, linked into everything it looks at.
#pragma once

#include <span>

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// One descriptor of the poll.
struct PollItem {
    Ref<OpenFile> file;  // null: not open (reported as invalid) or to be ignored
    std::uint16_t events = 0, returned = 0;
    bool invalid = false;
    PollEntry entry;
};

struct PollCall {
    bool changed = false;  // something happened since it last looked
    std::uint32_t count = 0;
    PollItem *items = nullptr;  // on the arena heap

    std::span<PollItem> all() { return {items, count}; }
};

/// Errors: no_memory.
Result<PollCall *> make_poll_call(std::uint32_t count);
void destroy_poll_call(PollCall *poll);

/// Makes the call look again.
void wake(PollCall &poll);

/// What holds now of file's events, error and hang-up included, without asking a driver: regular
/// files are always ready, devices are asked by the call itself.
std::uint16_t events_now(const OpenFile &file);

inline constexpr std::uint16_t always_reported = abi::poll_error | abi::poll_hang_up | abi::poll_invalid;

/// Looks at the items until one is ready, the time is up or a signal came; returns how many are ready.
/// Errors: interrupted (poll and select are never restarted).
sef::Async<Outcome> wait_for_events(Vfs &vfs, Ref<Call> call, PollCall *poll, Nanoseconds limit);
inline constexpr Nanoseconds forever{~std::uint64_t{0}};

}  // namespace axo::vfs
