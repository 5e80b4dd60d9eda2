// The memory that came with a request by grant. The file systems' logic reaches it only through
// this class, so that a host test can put plain memory behind it.
#pragma once

#include <cstddef>
#include <span>

#include "axo/error.hpp"
#include "axo/kernel_call.hpp"

namespace axo::fs {

/// A piece of the file system's own memory.
struct Segment {
    std::byte *address;
    std::size_t bytes;
};

class ClientMemory {
public:
    static constexpr std::size_t max_segments = 64;

    explicit ClientMemory(Endpoint granter) : granter_(granter) {}

    /// Errors (all): not_permitted, invalid, dead_peer, absent, fault.
    Status copy_in(GrantId grant, std::size_t offset, void *to, std::size_t bytes) const;
    Status copy_out(GrantId grant, std::size_t offset, const void *from, std::size_t bytes) const;
    /// One after the other from `offset` of the grant; at most max_segments.
    Status gather(GrantId grant, std::size_t offset, std::span<const Segment> to) const;
    Status scatter(GrantId grant, std::size_t offset, std::span<const Segment> from) const;

private:
    Endpoint granter_;
};

}  // namespace axo::fs
