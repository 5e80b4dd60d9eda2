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
    lock,
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

/// One descriptor of a poll call that waits. Linked into the pipe or open file.
struct PollCall;
struct PollEntry {
    PollCall *call = nullptr;
    ListNode node;
};
using PollList = IntrusiveList<PollEntry, &PollEntry::node>;

/// Every poll call on the list looks again.
void wake_pollers(PollList &list);

}  // namespace axo::vfs
