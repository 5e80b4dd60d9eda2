// The few facts that are taken from ACPI tables. Tables below 4 GiB only.
#pragma once

#include "axo/types.hpp"

namespace axo::kernel::arch {

/// Remembers where the tables are. `root`: the loader's RSDP, or 0 to search the BIOS area.
void find_acpi(PhysAddr root);

/// The physical address of a table whose checksum is right, 0 if there is none. `signature` has four characters.
PhysAddr acpi_table(const char *signature);

/// What powers the machine off: write `value` to the 16-bit port.
struct PowerOffRegister {
    std::uint16_t port, value;
};
/// From FADT and the DSDT's \_S5 package; port 0: not found.
PowerOffRegister acpi_power_off();

}  // namespace axo::kernel::arch
