// Exception vectors (SDM volume 3, table 6-1) and the signals that stand for them.
#pragma once

#include <cstdint>

namespace axo::kernel::arch {

inline constexpr unsigned debug_vector = 1, nmi_vector = 2, page_fault_vector = 14;
inline constexpr std::uint64_t trap_flag = 0x100;

constexpr bool is_machine_failure(unsigned vector) { return vector == 8 || vector == 18; }

constexpr unsigned signal_of(unsigned vector) {
    constexpr unsigned illegal = 4, trap = 5, bus = 7, arithmetic = 8, segmentation = 11;
    switch (vector) {
        case 0:
        case 16:
        case 19: return arithmetic;  // divide, x87, SIMD
        case 1:
        case 3: return trap;  // debug, breakpoint
        case 6: return illegal;
        case 17: return bus;  // alignment
        default: return segmentation;
    }
}

}  // namespace axo::kernel::arch
