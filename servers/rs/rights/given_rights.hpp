// Rights that a service got while it ran: the BARs and interrupts of the device that PCI found for it. They belong to
// the service, not to the process that happens to hold its place (rule 12).
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "axo/kernel_call.hpp"
#include "axo/service_request.hpp"

namespace axo::rs {

struct GivenCounts {
    std::uint32_t io = 0, memory = 0, irqs = 0;
};

/// Each list only grows, so a process lacks the end of it at most.
struct GivenRights {
    static constexpr std::size_t io_max = 8, memory_max = 8, irq_max = 4;

    GivenCounts counts;
    IoRange io[io_max]{};
    MemoryRange memory[memory_max]{};
    std::uint8_t irqs[irq_max]{};

    // The kernel's lists hold this besides whatever a start record names, or a row of the boot table and the root
    // image.
    static_assert(service::io_max + io_max <= std::extent_v<decltype(Privileges::io)>);
    static_assert(2 + memory_max <= std::extent_v<decltype(Privileges::memory)>);
    static_assert(service::irq_max + irq_max <= std::extent_v<decltype(Privileges::irqs)>);
    /// There is room in `rights`.
    void add_to(Privileges &rights) const {
        for (std::uint32_t i = 0; i < counts.io; ++i) rights.io[rights.io_count++] = io[i];
        for (std::uint32_t i = 0; i < counts.memory; ++i) rights.memory[rights.memory_count++] = memory[i];
        for (std::uint32_t i = 0; i < counts.irqs; ++i) rights.irqs[rights.irq_count++] = irqs[i];
    }
};

}  // namespace axo::rs
