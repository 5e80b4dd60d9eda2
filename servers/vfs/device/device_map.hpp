// Which driver serves which major number. RS fills it (MapDriver), nothing else happens then:
// recovery waits for the driver-up event (driver_events.cpp).
#pragma once

#include <array>

#include "axo/device_protocol.hpp"
#include "lib/base/fixed_string.hpp"

namespace axo::vfs {

enum class DeviceKind : std::uint32_t { character, block };
enum class DriverState : std::uint32_t { unmapped, mapped, up };

struct DeviceEntry {
    Label label;
    Endpoint driver = endpoint::none;
    DriverState state = DriverState::unmapped;
    bool announced = false;  // this driver said once that it is up
};

/// What a driver-up event means.
enum class Announcement {
    of_nobody,  // no major names the label
    of_driver,  // the label's process came up
    again,      // a process that was up before starts anew in its place: what was open there is not any more
};

class DeviceMap {
public:
    static constexpr std::uint32_t major_count = 256;

    /// With the entries of boot: memory, tty and log.
    DeviceMap();

    /// Null if no driver serves it.
    DeviceEntry *find(DeviceKind kind, std::uint32_t major) {
        if (major >= major_count) return nullptr;
        DeviceEntry &entry = entries_[static_cast<std::size_t>(kind)][major];
        return entry.state == DriverState::unmapped ? nullptr : &entry;
    }
    /// A major has one driver: another label gets it when `taken` says that the one that has it is gone.
    /// Errors: no_device (major too large), busy.
    template <class Taken>
    Status map(DeviceKind kind, std::uint32_t major, std::string_view label, Endpoint driver, Taken taken) {
        const DeviceEntry *entry = find(kind, major);
        if (entry != nullptr && !(entry->label == label) && taken(*entry)) return Error::busy;
        return map(kind, major, label, driver);
    }
    /// Errors: no_device (major too large).
    Status map(DeviceKind kind, std::uint32_t major, std::string_view label, Endpoint driver);
    /// The process that the label names said that it is up.
    Announcement mark_up(std::string_view label, Endpoint driver);
    /// The block device major of a driver's label, 0 if there is none.
    std::uint32_t block_major_of(std::string_view label) const;

private:
    std::array<std::array<DeviceEntry, major_count>, 2> entries_{};
};

}  // namespace axo::vfs
