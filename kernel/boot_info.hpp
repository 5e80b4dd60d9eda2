// What the machine had at boot and the core hands out later: get_info(boot, machine) and memory_map.
#pragma once

#include "axo/kernel_call.hpp"
#include "kernel/boot/frames.hpp"

namespace axo::kernel {

struct FreeMemory {
    MemoryRange ranges[boot::BootFrames::max_ranges] = {};
    std::size_t count = 0;
};

struct BootFacts {
    FreeMemory free_memory;  // when the first process ran
    BootDescription description{};
    std::uint64_t memory_bytes = 0;
};

}  // namespace axo::kernel
