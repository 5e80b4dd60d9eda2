// Ports by width, for the kernel calls.
#include "kernel/arch/x86_64/ports.hpp"

#include "kernel/arch/arch.hpp"

namespace axo::kernel::arch {

std::uint32_t port_in(std::uint16_t port, unsigned width) {
    if (width == 1) return in8(port);
    if (width == 2) return in16(port);
    return in32(port);
}

void port_out(std::uint16_t port, unsigned width, std::uint32_t value) {
    if (width == 1)
        out8(port, static_cast<std::uint8_t>(value));
    else if (width == 2)
        out16(port, static_cast<std::uint16_t>(value));
    else
        out32(port, value);
}

}  // namespace axo::kernel::arch
