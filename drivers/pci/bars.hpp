// Base address registers: what a function decodes (PCI Local Bus Specification 3.0, 6.2.5.1).
#pragma once

#include <cstdint>

#include "drivers/pci/config_space.hpp"

namespace axo::pci {

inline constexpr unsigned bars_max = 6;

/// A range that the function answers at. Size 0: none. Memory of 64 bits takes two registers; the second one is empty.
struct Bar {
    enum class Kind : std::uint8_t { none, io, memory, memory64 };

    std::uint64_t address;  // 0: not given any
    std::uint64_t size;     // in bytes, a power of two
    Kind kind;
    bool prefetchable;
    std::uint8_t reserved[6];
};

/// A register, and what it gave back after all ones and after all zeros were written to it. The upper half counts for
/// memory of 64 bits only.
struct BarProbe {
    std::uint64_t original, ones, zeros;
};

/// Nothing is believed that no hardware can mean: such a register is none.
Bar decode_bar(const BarProbe &probe);

/// Sizes the first `count` registers of a function, which decodes nothing meanwhile. Everything is written back.
void read_bars(Place place, unsigned count, Bar (&bars)[bars_max]);

}  // namespace axo::pci
