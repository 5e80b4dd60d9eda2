// Small helpers for requests to file systems.
#pragma once

#include "axo/fs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "lib/sys/grants.hpp"
#include "servers/vfs/process/process.hpp"

namespace axo::vfs {

/// Gives holds back; nobody waits for it.
void release_node(Endpoint file_system, std::uint64_t inode, std::uint64_t count);

/// A name or path, for one request.
inline Result<sys::Grant> grant_text(Endpoint file_system, std::string_view text) {
    return sys::Grant::direct(file_system, text.data(), text.size(), sys::Access::read);
}

/// The supplementary groups of `who`, for a Lookup; no grant if there are none.
inline Result<sys::Grant> grant_groups(Endpoint file_system, const Credentials &who) {
    if (who.group_count == 0) return sys::Grant{};
    return sys::Grant::direct(file_system, who.groups, who.group_count * sizeof(std::uint32_t), sys::Access::read);
}

}  // namespace axo::vfs
