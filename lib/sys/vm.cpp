#include "lib/sys/vm.hpp"

namespace axo::sys::vm {

Result<Region> allocate_region(std::uint64_t bytes, std::uint64_t flags) {
    return call(endpoint::vm, axo::vm::RegionAllocate{.bytes = bytes, .flags = flags});
}

Status free_region(std::uint64_t handle) {
    TRY(call(endpoint::vm, axo::vm::RegionFree{.handle = handle}));
    return {};
}

Result<Mapping> map_physical(PhysAddr start, std::uint64_t bytes, Caching caching) {
    return call(endpoint::vm, axo::vm::MapPhysical{
                                  .physical = start, .bytes = bytes, .uncached = static_cast<std::uint64_t>(caching)});
}

Result<axo::vm::Counters::Reply> counters() { return call(endpoint::vm, axo::vm::Counters{}); }

}  // namespace axo::sys::vm
