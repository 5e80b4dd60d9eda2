// What a call waits for inside VFS, when it may wait for ever. It is a record in the state: a
// signal, an exit, or the event itself finds it. The event makes VFS issue the same call again.
#pragma once

#include "axo/types.hpp"
#include "lib/base/list.hpp"

namespace axo::vfs {

enum class WaitKind : std::uint32_t {
    none,
    position,  // for another call's use of the same file position
    pipe_read,
    pipe_write,
    fifo_open,
    device_read,   // until the driver reports
    device_write,  // the same
    lock,
    poll,     // until something it watches changes, or its time is up
    running,  // a coroutine works on the call; a cancel is told by `cancelled`
};

/// Links a call into the list of what it waits for. A call is in at most one.
struct WaitLink {
    ListNode node;
};
/// Links a call into the list of its process' calls.
struct CallLink {
    ListNode process_node;
};
using CallsOfProcess = IntrusiveList<CallLink, &CallLink::process_node>;

using CallWaitList = IntrusiveList<WaitLink, &WaitLink::node>;

/// One thing that a poll call watches, linked into the watch of it.
struct Call;
struct PollEntry {
    Call *call = nullptr;
    ListNode node;
};

/// Who looks at a pipe or device, and how often it has changed. A call links its entry in and reads the state in one
/// step, or remembers `edges` before it asks a driver: a change after that is never lost between look and sleep.
struct Watch {
    IntrusiveList<PollEntry, &PollEntry::node> entries;
    std::uint64_t edges = 0;
};

}  // namespace axo::vfs
