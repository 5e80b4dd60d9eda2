// File type and permission bits of st_mode, as Linux and every Unix disk format number them.
#pragma once

#include <cstdint>

namespace axo::fs::mode {

inline constexpr std::uint32_t type_mask = 0170000, socket = 0140000, symlink = 0120000, regular = 0100000,
                               block = 0060000, directory = 0040000, character = 0020000, fifo = 0010000;
inline constexpr std::uint32_t set_uid = 04000, set_gid = 02000, sticky = 01000, permissions = 07777;

constexpr bool is_directory(std::uint32_t mode) { return (mode & type_mask) == directory; }
constexpr bool is_regular(std::uint32_t mode) { return (mode & type_mask) == regular; }
constexpr bool is_symlink(std::uint32_t mode) { return (mode & type_mask) == symlink; }
constexpr bool is_device(std::uint32_t mode) { return (mode & type_mask) == block || (mode & type_mask) == character; }

/// d_type of a directory record.
constexpr std::uint8_t record_type(std::uint32_t mode) { return static_cast<std::uint8_t>((mode & type_mask) >> 12); }

}  // namespace axo::fs::mode
