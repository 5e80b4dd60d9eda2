// When reading a file changes its time of access. VFS says by which rule: it knows the mount and the open file.
#pragma once

#include <cstdint>

#include "axo/fs_protocol.hpp"

namespace axo::fs {

struct TimesInSeconds {
    std::uint64_t access, modify, change;
};

/// True if a reading at `now` is to be noted. As Linux' relatime: when the time is older than the last change, or than
/// a day.
constexpr bool notes_access(std::uint32_t rule, const TimesInSeconds &times, std::uint64_t now) {
    constexpr std::uint64_t day = 24 * 60 * 60;
    if (rule == access_time::kept) return false;
    if (rule == access_time::strict) return true;
    return times.access <= times.modify || times.access <= times.change || now - times.access > day;
}

}  // namespace axo::fs
