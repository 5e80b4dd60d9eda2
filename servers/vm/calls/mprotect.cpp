// mprotect, msync: what may be done with ranges that exist.
#include "servers/vm/calls/user_calls.hpp"

namespace axo::vm {

namespace {
constexpr std::uint64_t ms_async = 1, ms_invalidate = 2, ms_sync = 4;

bool any_never_write(const Space &space, std::uint64_t start, std::uint64_t end) {
    for (std::size_t i = space.regions.first_above(start); i < space.regions.size() && space.regions[i].start < end;
         ++i)
        if (space.regions[i].has(region_attribute::never_write)) return true;
    return false;
}
}  // namespace

Result<std::uint64_t> UserCalls::mprotect(Space &space, const sef::UserCall &call) {
    const std::uint64_t prot = call.argument(2);
    if ((prot & ~std::uint64_t{protection::mask}) != 0) return Error::invalid;  // PROT_GROWSDOWN and the like too
    const Range changed = TRY(range(call.argument(0), call.argument(1), Error::no_memory));
    if (changed.start == changed.end) return 0ull;
    if (!space.regions.covers(changed.start, changed.end)) return Error::no_memory;
    if ((prot & protection::write) != 0 && any_never_write(space, changed.start, changed.end)) return Error::access;
    TRY(space.protect(changed.start, changed.end, static_cast<std::uint8_t>(prot)));
    return 0ull;
}

/// No mapping is ever written back to a file, so there is nothing to wait for.
Result<std::uint64_t> UserCalls::msync(Space &space, const sef::UserCall &call) {
    const std::uint64_t flags = call.argument(2);
    if ((flags & ~(ms_async | ms_invalidate | ms_sync)) != 0) return Error::invalid;
    if ((flags & ms_async) != 0 && (flags & ms_sync) != 0) return Error::invalid;
    const Range synced = TRY(range(call.argument(0), call.argument(1), Error::no_memory));
    if (!space.regions.covers(synced.start, synced.end)) return Error::no_memory;
    return 0ull;
}

}  // namespace axo::vm
