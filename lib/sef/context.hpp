// lib/sef's part of what a process remembers outside its State (lib/sys/context.hpp has the other, and the reason).
#pragma once

#include "lib/sef/coroutine.hpp"
#include "lib/sef/post.hpp"
#include "lib/sef/request.hpp"
#include "lib/sef/timer.hpp"
#include "lib/sys/context.hpp"

namespace axo::sef {

struct ProcessContext : sys::OwnContext {
    void *service = nullptr;      // of service code that has no other way to its object
    WaiterList ready;             // coroutines that are to go on
    std::size_t live_frames = 0;  // of coroutines that have not ended
    bool frame_failed = false;    // a coroutine found no memory since the last message
    std::uint64_t refused = 0;    // requests that could not be served
    TimerQueue timers;
    Outbox outbox;
    PendingTable requests;
};

inline ProcessContext &context() { return static_cast<ProcessContext &>(sys::context()); }

/// Resumes everything that is ready. The main loop calls it after every message.
inline void run_ready() {
    if (!context().ready.empty()) detail::resume_ready();
}

}  // namespace axo::sef
