// Client memory through the kernel's safe copies.
#include "lib/fs/client_memory.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::fs {

Status ClientMemory::copy_in(GrantId grant, std::size_t offset, void *to, std::size_t bytes) const {
    return sys::safe_copy_from(granter_, grant, offset, to, bytes);
}

Status ClientMemory::copy_out(GrantId grant, std::size_t offset, const void *from, std::size_t bytes) const {
    return sys::safe_copy_to(granter_, grant, offset, from, bytes);
}

Status ClientMemory::gather(GrantId grant, std::size_t offset, std::span<const Segment> to) const {
    if (to.size() == 1) return copy_in(grant, offset, to[0].address, to[0].bytes);
    VectorCopy elements[max_segments];
    for (std::size_t i = 0; i < to.size(); ++i) {
        elements[i] = {.from = granter_,
                       .to = endpoint::self,
                       .grant = grant,
                       .reserved = 0,
                       .offset = offset,
                       .address = {reinterpret_cast<std::uint64_t>(to[i].address)},
                       .bytes = to[i].bytes};
        offset += to[i].bytes;
    }
    return sys::vsafe_copy({elements, to.size()});
}

Status ClientMemory::scatter(GrantId grant, std::size_t offset, std::span<const Segment> from) const {
    if (from.size() == 1) return copy_out(grant, offset, from[0].address, from[0].bytes);
    VectorCopy elements[max_segments];
    for (std::size_t i = 0; i < from.size(); ++i) {
        elements[i] = {.from = endpoint::self,
                       .to = granter_,
                       .grant = grant,
                       .reserved = 0,
                       .offset = offset,
                       .address = {reinterpret_cast<std::uint64_t>(from[i].address)},
                       .bytes = from[i].bytes};
        offset += from[i].bytes;
    }
    return sys::vsafe_copy({elements, from.size()});
}

}  // namespace axo::fs
