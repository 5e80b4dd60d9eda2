// See pci_names.hpp.
#include "servers/procfs/pci_names.hpp"

#include "lib/base/format.hpp"

namespace axo::procfs {

namespace {

/// Of a lower-case digit; 16: it is none.
constexpr std::uint32_t value_of(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<std::uint32_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<std::uint32_t>(digit - 'a') + 10;
    return 16;
}

/// Two digits.
Result<std::uint32_t> byte_named(std::string_view name) {
    if (name.size() != 2 || value_of(name[0]) > 15 || value_of(name[1]) > 15) return Error::no_entry;
    return value_of(name[0]) << 4 | value_of(name[1]);
}

}  // namespace

Result<std::uint32_t> bus_named(std::string_view name) { return byte_named(name); }

Result<std::uint32_t> function_named(std::uint32_t bus, std::string_view name) {
    constexpr std::uint32_t devices = 32, functions = 8;
    if (name.size() != 4 || name[2] != '.') return Error::no_entry;
    const std::uint32_t device = TRY(byte_named(name.substr(0, 2))), function = value_of(name[3]);
    if (device >= devices || function >= functions) return Error::no_entry;
    return bus << 8 | device << 3 | function;
}

PciName name_of_bus(std::uint32_t bus) {
    PciName name{};
    name.length = format(name.text, "%02x", bus);
    return name;
}

PciName name_of_function(std::uint32_t place) {
    PciName name{};
    name.length = format(name.text, "%02x.%x", place >> 3 & 31, place & 7);
    return name;
}

}  // namespace axo::procfs
