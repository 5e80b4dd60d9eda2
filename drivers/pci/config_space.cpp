// See config_space.hpp.
#include "drivers/pci/config_space.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::pci {

namespace {

constexpr std::uint16_t address_port = 0xcf8, data_port = 0xcfc;
constexpr std::uint32_t enable = 1u << 31;

/// The address and the data in one call: nobody comes between them, since nobody else has the ports.
Result<std::uint32_t> access(Place place, std::uint16_t number, Width width, bool write, std::uint32_t value) {
    const auto bytes = static_cast<std::uint8_t>(width);
    if (number >= registers_end || number % bytes != 0) return Error::invalid;
    const std::uint32_t address = enable | std::uint32_t{place.number()} << 8 | (number & 0xfcu);
    const auto port = static_cast<std::uint16_t>(data_port + (number & 3));
    PortAccess steps[] = {{.port = address_port, .width = 4, .write = 1, .value = address},
                          {.port = port, .width = bytes, .write = write, .value = value}};
    TRY(sys::port_vector(steps));
    return steps[1].value;
}

constexpr std::uint32_t all_ones(Width width) {
    return width == Width::dword ? nothing_there : (1u << (8 * static_cast<unsigned>(width))) - 1;
}

}  // namespace

bool has_config_space() {
    PortAccess steps[] = {{.port = address_port, .width = 4, .write = 1, .value = enable},
                          {.port = address_port, .width = 4, .write = 0, .value = 0}};
    return sys::port_vector(steps) && steps[1].value == enable;
}

Result<std::uint32_t> read_register(Place place, std::uint16_t number, Width width) {
    return access(place, number, width, false, 0);
}

Status write_register(Place place, std::uint16_t number, Width width, std::uint32_t value) {
    TRY(access(place, number, width, true, value));
    return {};
}

std::uint32_t peek(Place place, std::uint16_t number, Width width) {
    const auto value = read_register(place, number, width);
    return value ? *value : all_ones(width);
}

}  // namespace axo::pci
