// Where the kernel sees physical memory: the window on all RAM, or the plain array of the host tests.
#pragma once

#include "axo/layout.hpp"

namespace axo::kernel::arch {

#ifdef AXO_HOST
extern std::byte host_ram[];
inline void *ram(PhysAddr address) { return host_ram + address.value; }
#else
/// The kernel's view of one byte of RAM. Only for addresses inside RAM.
inline void *ram(PhysAddr address) { return reinterpret_cast<void *>(layout::kernel_ram + address.value); }
#endif

}  // namespace axo::kernel::arch
