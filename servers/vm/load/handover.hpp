// What a new version of a service gets of the old one's memory (plan, section 6): the arena, shared until either
// writes, and the regions named by handle, in place.
#pragma once

#include "servers/vm/context.hpp"

namespace axo::vm {

class Handover {
public:
    Handover(Context &context, Space &from, Space &to) : memory_(context.memory), from_(from), to_(to) {}

    /// Errors of all: no_memory, not_supported (pages VM does not know), not_permitted. The new version is then of no
    /// use, the old one as it was.
    Status copy_arena();
    Status arena_beside();
    Status share_regions();
    /// After arena_beside: the new version has seen enough of the old arena.
    Status forget_old_arena();

private:
    Result<Region> old_arena() const;
    Status drop_own_arena();
    Status clone(const Region &region);
    Status share(const Region &region);
    Status share_device(const Region &region);
    Result<std::uint32_t> access_in_old(const Region &region, std::uint64_t page, Frame frame) const;

    Memory &memory_;
    Space &from_, &to_;
};

}  // namespace axo::vm
