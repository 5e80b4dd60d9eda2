// What the loader says, put into a BootInfo; and the firmware tables' address, which only the processor's code needs.
#pragma once

#include "kernel/arch/arch.hpp"

namespace axo::kernel::arch {

inline constexpr std::uint32_t multiboot2_loaded = 0x36d76289;
inline constexpr std::uint32_t pvh_loaded = 0x336ec578;

struct LoaderFacts {
    BootInfo info;
    PhysAddr acpi_root;  // RSDP structure; 0: the loader names none
    PhysAddr ram_end;    // above the last byte of usable RAM
};

/// Fills in `facts` from what multiboot2 left. False: not what it should be.
bool read_multiboot2(PhysAddr information, LoaderFacts &facts);

/// The same from a PVH hvm_start_info.
bool read_pvh(PhysAddr information, LoaderFacts &facts);

/// For the two readers. Text longer than the command line's buffer is cut.
void add_ram(LoaderFacts &into, std::uint64_t start, std::uint64_t bytes);
void set_command_line(LoaderFacts &into, const char *text);

}  // namespace axo::kernel::arch
