// Which frames of RAM VM may handle. The kernel's own (image, page tables, extended states, what VM donated for tables)
// it refuses to map, clear or take; frames outside RAM are devices' and may be mapped but not touched by the kernel.
#pragma once

#include "axo/types.hpp"

#include <cstddef>
#include <cstdint>

namespace axo::kernel {

struct FrameMap {
    std::uint64_t *words = nullptr;
    std::uint64_t count = 0;
};

/// The map of frames: one bit each, `words` lies in memory that is the kernel's. All frames begin as the kernel's.
void set_frame_map(std::uint64_t *words, std::uint64_t frames);

void give_to_vm(PhysAddr frame, std::uint64_t pages);
void take_from_vm(PhysAddr frame, std::uint64_t pages);

/// True when none of these frames is the kernel's.
bool vm_may_map(PhysAddr frame, std::uint64_t pages);

/// True when all of them are RAM in VM's hands.
bool is_vm_ram(PhysAddr frame, std::uint64_t pages);

}  // namespace axo::kernel
