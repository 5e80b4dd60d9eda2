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

/// Where the granted bytes lie. Errors: invalid (granter, negative id), not_permitted (table, entry, grantee, access,
/// range, magic by another than VFS), loop (more than max_indirection hops), and those of locate.
Result<MemoryPlace> verify_grant(Process &caller, const GrantUse &use);

}  // namespace axo::kernel
