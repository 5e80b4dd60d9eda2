// What the directories and files of /proc/bus/pci are called: BB and DD.F, in hexadecimal digits. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "axo/error.hpp"

namespace axo::procfs {

/// Errors: no_entry (the name is none of a bus).
Result<std::uint32_t> bus_named(std::string_view name);
/// The place of the function, on that bus. Errors: no_entry.
Result<std::uint32_t> function_named(std::uint32_t bus, std::string_view name);

struct PciName {
    char text[8];
    std::size_t length;
    std::string_view view() const { return {text, length}; }
};
PciName name_of_bus(std::uint32_t bus);
PciName name_of_function(std::uint32_t place);

}  // namespace axo::procfs
