// What a service learns at init, and what it chooses when it calls sef::run.
#pragma once

#include "axo/rs_protocol.hpp"
#include "lib/sef/predefined.hpp"
#include "lib/sef/update.hpp"

namespace axo::sef {

struct Init {
    rs::InitKind kind;
    unsigned restarts;
    std::uint32_t table_count;
    GrantId table;  // RS's public table: sys::safe_copy_from(endpoint::rs, table, ...)
};

/// Replaces the service's init for one kind of start; null: it does not.
struct InitPolicy {
    Status (*fresh)(const Init &) = nullptr;
    Status (*update)(const Init &) = nullptr;
    Status (*restart)(const Init &) = nullptr;
};

struct Options {
    const ready_when::Policy &update = ready_when::never_supported;
    bool pong = true;  // false simulates a hung service
    /// Words of user programs stand in the State, and any of them may look like an address of the image: test builds do
    /// not search for such (arena_scan.hpp).
    bool keeps_user_words = false;
    InitPolicy init = {};
    void (*signal)(int) = on_signal::ignore;  // for a service without on_signal
};

}  // namespace axo::sef
