// What a process remembers outside its State: one structure behind one name. In a service's image `context()` is a
// constant, the image's only instance, and costs nothing; in a host program with many services it is the one of the
// fiber that runs. lib/sef appends its part (lib/sef/context.hpp). Nothing here survives an update or a restart.
#pragma once

#include "axo/ipc.hpp"
#include "axo/layout.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/base/heap.hpp"

namespace axo::sys {

/// Called with a message that was deferred and then refused.
using Refusal = void (*)(Endpoint peer, const Message &message, Error error);
/// How arena and scratch heap grow: makes an area longer by at least `bytes`, returns by how much.
struct GrowArea {
    Result<std::size_t> (*function)(void *object, Heap::Area area, std::size_t bytes) = nullptr;
    void *object = nullptr;
};

/// The message that waits to leave with the next receive (ipc.cpp).
struct Deferral {
    bool waiting = false;
    bool allowed = false;
    IpcCall call{};  // reply_receive or senda_receive
    Endpoint peer{};
    Message message{};
    Refusal refusal = nullptr;
    std::uint64_t lost_replies = 0;
};

/// Where heaps and regions lie, and how the heaps grow (arena.cpp).
struct Areas {
    std::uint64_t arena = layout::arena_a;  // address of the ArenaHeader
    std::uint64_t scratch_start = layout::scratch;
    std::uint64_t regions = layout::regions;  // where what VM names by handle begins (region.hpp)
    std::size_t scratch_bytes = 0;
    Heap scratch;
    GrowArea grow{};  // unset: by VM
};

/// The time-stamp counter's offset and scale (clock.cpp).
struct Clock {
    std::uint64_t start_timestamp = 0;
    std::uint64_t scale = 0;  // nanoseconds per count, 32 bits of fraction; 0: unknown
    Nanoseconds start_time{0};
    Nanoseconds boot_wall_clock{0}, wall_clock_asked{0};
};

struct OwnContext {
    Endpoint self = endpoint::none;
    std::uint64_t last_tag = 0;
    std::uint64_t turns = 0;  // receiving traps so far
    Deferral deferral;
    Areas areas;
    Clock clock;
    Label log_name = Label::cut("?");
};

#ifdef AXO_HOST
extern OwnContext *current_context;  // set by whoever switches between services
inline OwnContext &context() { return *current_context; }
#else
extern "C" std::byte axo_process_context[];  // lib/sef's instance, whose size is not known here
inline OwnContext &context() { return *reinterpret_cast<OwnContext *>(axo_process_context); }
#endif

}  // namespace axo::sys
