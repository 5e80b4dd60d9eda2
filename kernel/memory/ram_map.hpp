// Memory of RAM that the kernel may touch through its map of all RAM; frames of devices are not.
#pragma once

#include "axo/types.hpp"

#include <cstdint>

namespace axo::kernel {

struct RamRange {
    std::uint64_t start, end;
};

struct RamMap {
    static constexpr unsigned max_ranges = 64;
    RamRange ranges[max_ranges] = {};
    unsigned count = 0;
};

/// At boot. Ranges past the sixty-fourth are left out.
void note_ram(PhysAddr start, std::uint64_t bytes);
bool is_ram(PhysAddr frame);

}  // namespace axo::kernel
