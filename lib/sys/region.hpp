// Memory outside the arena that VM gave this service (vm::RegionAllocate, vm::MapPhysical): caches, file content, RAM
// disks, tables. A State remembers it as a Region, and a place in it as an offset: never as an address. Where the
// service's regions lie is known to the process (sys::Areas), so that a State means the same in every version of the
// service, and in a host program that has many of them.
#pragma once

#include "axo/error.hpp"
#include "axo/types.hpp"
#include "lib/sys/context.hpp"

namespace axo::sys {

class Region {
public:
    constexpr Region() = default;
    /// The region that VM named by this handle.
    Region(std::uint64_t handle, std::uint64_t bytes)
        : page_((handle - context().areas.regions) >> page_shift), bytes_(bytes) {}

    /// Zeroed memory, `bytes` rounded up to pages. Blocks on VM. Errors: no_memory, invalid.
    static Result<Region> allocate(std::uint64_t bytes, std::uint64_t flags = 0);
    /// Gives it back to VM; the name means nothing from then on. Blocks on VM. Nothing happens without a region.
    void free();

    bool exists() const { return bytes_ != 0; }
    std::uint64_t bytes() const { return bytes_; }
    /// VM's name for it.
    std::uint64_t handle() const { return context().areas.regions + (page_ << page_shift); }
    /// Its memory from `offset` on. The address is good for this turn; a State keeps the offset.
    std::byte *at(std::uint64_t offset) const { return reinterpret_cast<std::byte *>(handle() + offset); }
    template <class T>
    T *as(std::uint64_t offset = 0) const {
        return reinterpret_cast<T *>(at(offset));
    }

private:
    std::uint64_t page_ = 0;  // the first one, counted from where the process' regions begin
    std::uint64_t bytes_ = 0;
};

}  // namespace axo::sys
