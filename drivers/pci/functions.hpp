// All functions of the machine, in the order of their places. A walk of the buses keeps what it finds again as it is,
// since somebody may be using it: only a function that is new has its resources measured.
#pragma once

#include "drivers/pci/bars.hpp"
#include "lib/base/vector.hpp"

namespace axo::pci {

inline constexpr std::uint8_t no_line = 255;  // an interrupt line that leads nowhere

enum class Layout : std::uint8_t { device = 0, bridge = 1, cardbus = 2 };

struct Function {
    Place place;
    Layout layout;
    std::uint16_t vendor, device;
    std::uint16_t subsystem_vendor, subsystem;  // of a device only
    std::uint32_t class_code;                   // class, subclass, programming interface
    std::uint8_t revision;
    std::uint8_t interrupt_line;  // as the firmware left it; 0 and 255: unknown
    std::uint8_t interrupt_pin;   // 1 to 4; 0: none
    std::uint8_t bus_behind;      // of a bridge; 0: not set up
    Bar bars[bars_max];

    bool leads_on() const { return layout != Layout::device && bus_behind != 0; }
};

class Functions {
public:
    struct State {
        Vector<Function> found;
    };

    explicit Functions(State &state) : found_(state.found) {}

    std::span<const Function> all() const { return found_.span(); }

    /// The first at this place or behind it, or null.
    const Function *at_or_after(std::uint32_t place) const;

    struct Changes {
        std::uint32_t came, gone;
    };
    /// Walks all buses that lead on from bus 0. What is gone leaves the table.
    /// Errors: no_memory (the table is as it was).
    Result<Changes> walk();

private:
    class Walk;

    Vector<Function> &found_;
};

}  // namespace axo::pci
