// What is said of a mount with `mount -o`, in Linux' numbers.
#pragma once

#include <cstdint>

#include "axo/error.hpp"

namespace axo::vfs::mount_flag {

inline constexpr std::uint64_t read_only = 1, no_set_id = 2, no_devices = 4, no_programs = 8;
inline constexpr std::uint64_t forbidding = read_only | no_set_id | no_devices | no_programs;

/// When reading a file changes its time of access: never; not for directories; always. Else as relatime says: when
/// that is older than the last change, or than a day.
inline constexpr std::uint64_t no_access_times = 1 << 10, no_directory_access_times = 1 << 11,
                               strict_access_times = 1 << 24;
inline constexpr std::uint64_t relatime = 1 << 21;  // what is done anyway
inline constexpr std::uint64_t times = no_access_times | no_directory_access_times | strict_access_times;

/// What a mount remembers.
inline constexpr std::uint64_t kept = forbidding | times;

inline constexpr std::uint64_t remount = 32, bind = 1 << 12, recursive = 1 << 14, silent = 1 << 15;
/// How what is mounted in one place is seen in others. Here: not at all, which is `private`.
inline constexpr std::uint64_t unbindable = 1 << 17, is_private = 1 << 18, slave = 1 << 19, shared = 1 << 20;
inline constexpr std::uint64_t propagation = unbindable | is_private | slave | shared;

inline constexpr std::uint64_t magic = 0xc0ed0000, magic_mask = 0xffff0000;

/// The flags that mount(2) gave. Errors: invalid (one that would have to be obeyed and is not).
constexpr Result<std::uint64_t> understood(std::uint64_t flags) {
    if ((flags & magic_mask) == magic) flags &= ~magic_mask;                    // programs older than Linux 2.4
    if ((flags & (bind | remount)) == bind) return flags & (bind | recursive);  // the rest says nothing of a bind
    if ((flags & ~(kept | relatime | remount | bind | recursive | silent | propagation)) != 0) return Error::invalid;
    return flags;
}

/// What a mount that is given these flags keeps of them.
constexpr std::uint64_t kept_of(std::uint64_t flags) {
    if ((flags & strict_access_times) != 0) flags &= ~no_access_times;
    return flags & kept;
}

/// The same for one that has flags already: times of which nothing is said stay as they are.
constexpr std::uint64_t changed_by(std::uint64_t before, std::uint64_t flags) {
    const bool says_times = (flags & (times | relatime)) != 0;
    return kept_of(flags) | (says_times ? 0 : before & times);
}

/// As statfs(2) shows them.
constexpr std::uint64_t shown_by_statfs(std::uint64_t flags) {
    constexpr std::uint64_t relative = 1 << 12;
    const bool is_relative = (flags & (no_access_times | strict_access_times)) == 0;
    return (flags & ~strict_access_times) | (is_relative ? relative : 0);
}

/// As /proc/mounts shows them, behind "ro" or "rw".
struct Word {
    std::uint64_t flag;
    const char *text;
};
inline constexpr Word words[] = {{no_set_id, ",nosuid"},
                                 {no_devices, ",nodev"},
                                 {no_programs, ",noexec"},
                                 {no_access_times, ",noatime"},
                                 {no_directory_access_times, ",nodiratime"}};
inline constexpr const char relatime_text[] = ",relatime";

}  // namespace axo::vfs::mount_flag
