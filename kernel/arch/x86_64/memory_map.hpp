// The kernel's own page table: the RAM window that boot.asm began.
#pragma once

#include "kernel/arch/x86_64/boot_information.hpp"

namespace axo::kernel::arch {

/// Completes the window: device memory below 4 GiB becomes uncached, RAM above 4 GiB is added, its tables taken from
/// the ends of `facts.info.ram`. RAM past 512 GiB is left out.
void map_all_ram(LoaderFacts &facts);

/// The page table whose upper half every address space shares.
PhysAddr kernel_root();

}  // namespace axo::kernel::arch
