// Grants for host tests of file systems: an id names plain memory of the test, and every access
// is checked against its size. Link host_fs.cpp instead of lib/fs/client_memory.cpp.
#pragma once

#include <cstring>
#include <vector>

#include "lib/fs/client_memory.hpp"

namespace axo::host {

struct GrantedRange {
    std::byte *address;
    std::size_t bytes;
};

/// The ranges granted by the request that is being made.
inline std::vector<GrantedRange> &granted() {
    static std::vector<GrantedRange> ranges;
    return ranges;
}

inline GrantId grant(const void *address, std::size_t bytes) {
    granted().push_back({static_cast<std::byte *>(const_cast<void *>(address)), bytes});
    return {static_cast<std::int32_t>(granted().size() - 1)};
}

inline Result<std::byte *> granted_at(GrantId id, std::size_t offset, std::size_t bytes) {
    if (id.value < 0 || static_cast<std::size_t>(id.value) >= granted().size()) return Error::not_permitted;
    const GrantedRange &range = granted()[static_cast<std::size_t>(id.value)];
    if (offset > range.bytes || bytes > range.bytes - offset) return Error::not_permitted;
    return range.address + offset;
}

/// What FsClient needs of a file system that is called directly.
class DirectGrants {
public:
    static GrantId grant(const void *address, std::size_t bytes) { return host::grant(address, bytes); }
    static void end_call() { granted().clear(); }
    /// Nothing fails that the model does not know of.
    static bool faulted() { return false; }
};

}  // namespace axo::host
