// What is said of a mount with `mount -o`, in Linux' numbers.
#pragma once

#include <cstdint>

#include "axo/error.hpp"

namespace axo::vfs::mount_flag {

inline constexpr std::uint64_t read_only = 1, no_set_id = 2, no_devices = 4, no_programs = 8;
inline constexpr std::uint64_t kept = read_only | no_set_id | no_devices | no_programs;

inline constexpr std::uint64_t remount = 32, bind = 4096;
/// Access times are kept as relatime says, always.
inline constexpr std::uint64_t relatime = 1 << 21;
inline constexpr std::uint64_t silent = 1 << 15, magic = 0xc0ed0000, magic_mask = 0xffff0000;

/// The flags that mount(2) gave. Errors: invalid (one that would have to be obeyed and is not).
constexpr Result<std::uint64_t> understood(std::uint64_t flags) {
    if ((flags & magic_mask) == magic) flags &= ~magic_mask;  // programs older than Linux 2.4
    if ((flags & ~(kept | remount | relatime | silent)) != 0) return Error::invalid;
    return flags;
}

/// As /proc/mounts shows them.
struct Word {
    std::uint64_t flag;
    const char *text;
};
inline constexpr Word words[] = {{no_set_id, ",nosuid"}, {no_devices, ",nodev"}, {no_programs, ",noexec"}};

}  // namespace axo::vfs::mount_flag
