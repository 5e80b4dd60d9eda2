// What a service learns at init, and what it chooses when it calls sef::run.
#pragma once

#include "axo/rs_protocol.hpp"
#include "lib/sef/update.hpp"

namespace axo::sef {

struct Init {
    rs::InitKind kind;
    unsigned restarts;
    std::uint32_t table_count;
    GrantId table;             // RS's public table: sys::safe_copy_from(endpoint::rs, table, ...)
};

struct Options {
    const ready_when::Policy &update = ready_when::never_supported;
    bool pong = true;          // false simulates a hung service
};

}  // namespace axo::sef
