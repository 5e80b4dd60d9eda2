// The ioctls that VFS itself knows, as Linux numbers them.
#pragma once

#include <cstdint>

namespace axo::vfs::ioctl_code {

inline constexpr std::uint32_t set_terminal = 0x540e, get_group = 0x540f, set_group = 0x5410, input_bytes = 0x541b,
                               set_nonblock = 0x5421, leave_terminal = 0x5422, get_session = 0x5429,
                               clear_close_exec = 0x5450, set_close_exec = 0x5451, block_size64 = 0x80081272,
                               block_sectors = 0x1260, sector_size = 0x1268, geometry = 0x0301;

}  // namespace axo::vfs::ioctl_code
