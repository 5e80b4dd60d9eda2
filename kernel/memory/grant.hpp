// Grants: whether one process may reach a piece of another's memory (ref 1.13). The table lies in the granter's own
// memory and is read at every use, so that revoking is a store.
#pragma once

#include "kernel/memory/user_memory.hpp"

namespace axo::kernel {

/// A use of a grant that somebody wants to make.
struct GrantUse {
    Endpoint granter;
    GrantId grant;
    std::uint64_t offset, bytes;
    std::uint32_t access;  // grant_flag bits, all of which must be given
};

/// Those who allowed it, each by a grant of its own: first whom the grantee names, last who has the memory (or VFS).
struct GrantLink {
    Endpoint granter;
    GrantId grant;
};
struct GrantChain {
    GrantLink links[max_indirection + 1];
    unsigned count = 0;
};

/// Where the granted bytes lie. Errors: invalid (granter, negative id), not_permitted (table, entry, grantee, access,
/// range, magic by another than VFS), loop (more than max_indirection hops), and those of locate.
Result<MemoryPlace> verify_grant(Process &caller, const GrantUse &use);
/// The same, and who allowed it.
Result<MemoryPlace> verify_grant(Process &caller, const GrantUse &use, GrantChain &chain);

/// Whether a use of that grant needs a grant of `wanted`, as the tables are now. Asks nobody; what cannot be read may
/// name anybody.
bool grant_needs(Endpoint granter, GrantId grant, Endpoint wanted);

}  // namespace axo::kernel
