// /proc/bus/pci, from what the PCI server tells. Without one the directory holds an empty list.
#pragma once

#include "axo/pci_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/procfs/text.hpp"
#include "servers/procfs/tree.hpp"

namespace axo::procfs {

/// The first function at or behind a place. Errors: no_entry.
sef::Async<Result<std::uint32_t>> pci_from(std::uint32_t place);

/// Whether the bus has a function, the function is there. Errors: no_entry.
sef::Async<Status> check_pci(Inode inode);

/// The list of all functions as proc(5) has it: bus and function, ids, interrupt line, addresses, sizes.
sef::Async<Result<String>> pci_device_list();

/// The header of a function's registers. Those behind it are its driver's: to read some has effects.
sef::Async<Result<String>> pci_header(std::uint32_t place);

}  // namespace axo::procfs
