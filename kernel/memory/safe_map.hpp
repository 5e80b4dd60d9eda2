// Which memory is mapped from whom by safe_map (ref 1.14), so that its granter can take it back. VM does the mapping.
#pragma once

#include "kernel/memory/grant.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

enum class SafeMapState : std::uint8_t {
    free,
    asked,  // VM was asked; when it refuses, the grantee's next attempt takes the record over
    mapped,
};

/// Names are of endpoints, not of programs: the next version of a service has its grants, and its mappings.
struct SafeMap {
    SafeMapState state;
    Endpoint grantee;
    VirtAddr address;  // in the grantee
    std::uint64_t bytes;
    GrantChain chain;  // each of them may take the memory back
};

struct SafeMapTable {
    SafeMap maps[max_safe_maps] = {};
};

/// A record for a new mapping of the grantee, or null: all are taken.
SafeMap *reserve_safe_map(Endpoint grantee);
/// VM has mapped what the grantee asked for. False: it was revoked meanwhile, or the granter is gone.
bool confirm_safe_map(Endpoint grantee);

/// Any mapping that needed that grant, even one VM is still busy with; or the grantee's mapping at that address. Null:
/// none. The caller frees it.
SafeMap *find_safe_map(Endpoint granter, GrantId grant);
SafeMap *find_safe_map(Endpoint grantee, VirtAddr address);

/// Of a process that is destroyed: it sees nothing any more, and can revoke nothing. A mapping that nobody else can
/// revoke is the grantee's own from then on.
void forget_safe_maps(Endpoint process);

unsigned safe_maps_in_use();

}  // namespace axo::kernel
