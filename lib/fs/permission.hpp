// Who may pass through a directory, and who may take a name out of a sticky one.
#pragma once

#include <span>

#include "lib/fs/mode.hpp"

namespace axo::fs {

inline constexpr std::uint32_t no_sticky_check = ~std::uint32_t{0};

struct Caller {
    std::uint32_t uid = 0, gid = 0;
    std::span<const std::uint32_t> groups;

    bool in_group(std::uint32_t group) const {
        if (group == gid) return true;
        for (const std::uint32_t other : groups)
            if (other == group) return true;
        return false;
    }
};

/// Execute permission on a directory with these attributes; uid 0 always may.
inline bool may_search(const Caller &caller, std::uint32_t mode, std::uint32_t uid, std::uint32_t gid) {
    if (caller.uid == 0) return true;
    if (caller.uid == uid) return (mode & 0100) != 0;
    if (caller.in_group(gid)) return (mode & 0010) != 0;
    return (mode & 0001) != 0;
}

/// The sticky rule for removing or replacing a file of `file_uid` in a directory.
inline bool sticky_forbids(std::uint32_t sticky_uid, std::uint32_t directory_mode, std::uint32_t directory_uid,
                           std::uint32_t file_uid) {
    if (sticky_uid == no_sticky_check || sticky_uid == 0 || (directory_mode & mode::sticky) == 0) return false;
    return sticky_uid != directory_uid && sticky_uid != file_uid;
}

}  // namespace axo::fs
