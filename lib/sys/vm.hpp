// Client of VM for system processes: regions outside the arena. Every call blocks on VM.
#pragma once

#include "axo/vm_protocol.hpp"
#include "lib/sys/ipc.hpp"

namespace axo::sys::vm {

using Region = axo::vm::RegionAllocate::Reply;  // address, physical, handle
using Mapping = axo::vm::MapPhysical::Reply;    // address, handle

/// Zeroed memory, `bytes` rounded up to pages. flags: vm::region_flag. Errors: no_memory, invalid.
Result<Region> allocate_region(std::uint64_t bytes, std::uint64_t flags = 0);
Status free_region(std::uint64_t handle);

enum class Caching : std::uint64_t { cached, uncached };
/// Device memory; page aligned. Errors: not_permitted, no_memory, invalid.
Result<Mapping> map_physical(PhysAddr start, std::uint64_t bytes, Caching caching);

Result<axo::vm::Counters::Reply> counters();

}  // namespace axo::sys::vm
