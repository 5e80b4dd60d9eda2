// A poll or select call that waits: a record in the state, linked into everything it looks at. Whatever
// happens makes it look at all of it again, from the start.
#pragma once

#include <span>

#include "lib/base/pairing_heap.hpp"
#include "servers/vfs/file/open_file.hpp"

namespace axo::vfs {

inline constexpr Nanoseconds forever{~std::uint64_t{0}};

/// What ppoll and pselect6 have beside poll and select: a signal mask for the length of the wait.
struct MaskArgument {
    bool given = false;
    std::uint64_t mask = 0;
};

/// One descriptor of the call.
struct PollItem {
    Ref<OpenFile> file;  // null: not open (reported as invalid) or to be ignored
    std::uint32_t descriptor = 0;
    std::uint16_t events = 0, returned = 0;
    bool invalid = false;
    // Of a device: its driver is being asked, or what it answered and how often the device had changed before the
    // question. While nothing is ready the driver then owes a report.
    bool asking = false, answered = false;
    std::uint32_t answer = 0;
    std::uint64_t edges = 0;
    PollEntry entry;
};

struct PollCall {
    Call *call = nullptr;
    std::uint32_t count = 0;
    std::uint32_t asking = 0;   // items whose driver has not answered yet
    PollItem *items = nullptr;  // on the arena heap
    std::byte *text = nullptr;  // the user's structures, on the arena heap too
    std::uint64_t text_bytes = 0;
    Nanoseconds deadline = forever;
    bool at_once = false;  // it waits for drivers' answers, and for nothing else
    bool expired = false;  // its time is up
    bool masked = false;   // PM was asked to put the mask in force
    bool done = false;     // `ready` is what the call returns
    std::int64_t ready = 0;
    MaskArgument mask;
    PairingNode deadline_node;

    std::span<PollItem> all() { return {items, count}; }
    bool before(const PollCall &other) const { return deadline < other.deadline; }
};

/// Errors: no_memory.
Result<PollCall *> make_poll_call(std::uint32_t count, std::uint64_t text_bytes);
void destroy_poll_call(PollCall *poll);

}  // namespace axo::vfs
