// The PCI server (ref 7), label "pci". A function is named by its place: bus << 8 | device << 3 | function. Places do
// not change while the machine runs, so that a name is good after a rescan, and after the server was restarted.
#pragma once

#include <string_view>

#include "axo/protocol.hpp"

namespace axo::pci {

inline constexpr std::uint16_t base = message_type::pci;
inline constexpr std::string_view label = "pci";
inline constexpr std::uint32_t places = 0x10000;

/// The first function at `from` or behind it. Errors: no_entry (none).
struct Next {
    static constexpr std::uint16_t number = base + 0;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t place;
        std::uint16_t vendor, device;
    };
    std::uint32_t from;
    std::uint32_t reserved;
};

/// Errors: no_entry (there is no function at that place).
struct Describe {
    static constexpr std::uint16_t number = base + 1;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint16_t vendor, device, subsystem_vendor, subsystem;
        std::uint32_t class_code;  // class, subclass, programming interface: three bytes
        std::uint8_t revision;
        std::uint8_t interrupt_line;  // 0 and 255: unknown
        std::uint8_t interrupt_pin;   // 0: none
        std::uint8_t bus_behind;      // of a bridge; else 0
    };
    std::uint32_t place;
    std::uint32_t reserved;
};

enum class BarKind : std::uint32_t { none, io, memory, memory64 };

/// What base address register `index` (0 to 5) decodes. Errors: no_entry, invalid (index).
struct DescribeBar {
    static constexpr std::uint16_t number = base + 2;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t address, size;  // bytes; size 0: nothing
        BarKind kind;
        std::uint32_t prefetchable;
    };
    std::uint32_t place, index;
};

/// A register of 1, 2 or 4 bytes, aligned. Errors: no_entry, invalid.
struct ReadRegister {
    static constexpr std::uint16_t number = base + 3;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t value;
        std::uint32_t reserved;
    };
    std::uint32_t place;
    std::uint16_t address, bytes;
};

/// `bytes` of the registers from `from` on, as they lie in the configuration space, into the grant. Errors: no_entry,
/// invalid (beyond 256, no multiple of four), those of the copy.
struct ReadRegisters {
    static constexpr std::uint16_t number = base + 4;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t place;
    std::uint16_t from, bytes;
    GrantId buffer;
    std::uint32_t reserved;
};

/// The function is the caller's: its ports, memory and interrupt line become rights of the caller's service, and it
/// decodes from here on. They are the service's until `service down`, over every restart and update; reserving again is
/// no error. Memory that is no whole pages is not given. Errors: no_entry, no_process (the caller has no label),
/// not_permitted (its configuration does not name the device), busy (another service has it), no_memory (RS' lists are
/// full).
struct Reserve {
    static constexpr std::uint16_t number = base + 5;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t place;
    std::uint32_t reserved;
};

/// Looks what came and what has gone. Errors: no_memory (all is as it was).
struct Rescan {
    static constexpr std::uint16_t number = base + 6;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t came, gone;
    };
};

using Requests = Protocol<Next, Describe, DescribeBar, ReadRegister, ReadRegisters, Reserve, Rescan>;

}  // namespace axo::pci
