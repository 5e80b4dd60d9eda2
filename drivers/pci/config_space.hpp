// Registers of PCI functions by configuration mechanism 1 (PCI Local Bus Specification 3.0, 3.2.2.3.2): an address port
// and a data port. Registers 0 to 255.
#pragma once

#include <cstdint>

#include "axo/error.hpp"

namespace axo::pci {

/// Where a function is: 256 buses of 32 devices of 8 functions.
struct Place {
    std::uint8_t bus, device, function;

    constexpr std::uint16_t number() const { return static_cast<std::uint16_t>(bus << 8 | device << 3 | function); }
    friend constexpr bool operator==(Place, Place) = default;
};

namespace reg {
inline constexpr std::uint16_t ids = 0x00, command = 0x04, class_revision = 0x08, header_type = 0x0e, first_bar = 0x10,
                               secondary_bus = 0x19, subsystem = 0x2c, interrupt_line = 0x3c, interrupt_pin = 0x3d;
}  // namespace reg

namespace command {
inline constexpr std::uint32_t io = 1, memory = 2, bus_master = 4;
}

inline constexpr unsigned registers_end = 256;

enum class Width : unsigned { byte = 1, word = 2, dword = 4 };

/// What a read of a function that is not there gives, in every width.
inline constexpr std::uint32_t nothing_there = 0xffff'ffff;

/// Whether the machine has the mechanism at all.
bool has_config_space();

/// Errors: invalid (register beyond 255, or not aligned to the width), those of the ports.
Result<std::uint32_t> read_register(Place place, std::uint16_t number, Width width);
Status write_register(Place place, std::uint16_t number, Width width, std::uint32_t value);

/// For the walk through the machine, where what cannot be read is not there.
std::uint32_t peek(Place place, std::uint16_t number, Width width);

}  // namespace axo::pci
