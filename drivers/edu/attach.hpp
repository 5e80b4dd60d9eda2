// From the PCI server to the device's memory.
#pragma once

#include "lib/sef/sef.hpp"
#include "lib/sys/region.hpp"

namespace axo::edu {

struct Attached {
    sys::Region memory;
    std::uint32_t line;  // of its interrupt
};

/// The first edu device, reserved and mapped. Errors: no_entry (none), busy (another service has it), not_permitted
/// (the configuration does not name it), no_process (no PCI server), io (it is not what it should be), those of
/// mapping.
sef::Async<Result<Attached>> attach_device();

}  // namespace axo::edu
