// See device_map.hpp.
#include "servers/vfs/device/device_map.hpp"

namespace axo::vfs {

DeviceMap::DeviceMap() {
    const auto boot = [this](DeviceKind kind, std::uint32_t major, std::string_view label, Endpoint driver) {
        entries_[static_cast<std::size_t>(kind)][major] = {Label::cut(label), driver, DriverState::up, false};
    };
    boot(DeviceKind::block, device::major_ram_disk, "memory", endpoint::memory);
    boot(DeviceKind::character, device::major_memory, "memory", endpoint::memory);
    boot(DeviceKind::character, device::major_tty_serial, "tty", endpoint::tty);
    boot(DeviceKind::character, device::major_tty, "tty", endpoint::tty);
    boot(DeviceKind::character, device::major_log, "log", endpoint::log);
}

Status DeviceMap::map(DeviceKind kind, std::uint32_t major, std::string_view label, Endpoint driver) {
    if (major >= major_count) return Error::no_device;
    DeviceEntry &entry = entries_[static_cast<std::size_t>(kind)][major];
    const bool same = entry.state == DriverState::up && entry.driver == driver;
    entry = {Label::cut(label), driver, same ? DriverState::up : DriverState::mapped, same && entry.announced};
    return {};
}

Announcement DeviceMap::mark_up(std::string_view label, Endpoint driver) {
    Announcement result = Announcement::of_nobody;
    for (auto &kind : entries_) {
        for (DeviceEntry &entry : kind) {
            if (entry.state == DriverState::unmapped || !(entry.label == label)) continue;
            const bool again = entry.announced && entry.driver == driver;
            if (again || result == Announcement::of_nobody)
                result = again ? Announcement::again : Announcement::of_driver;
            entry.driver = driver;
            entry.state = DriverState::up;
            entry.announced = true;
        }
    }
    return result;
}

std::uint32_t DeviceMap::block_major_of(std::string_view label) const {
    for (std::uint32_t major = 0; major < major_count; ++major) {
        const DeviceEntry &entry = entries_[static_cast<std::size_t>(DeviceKind::block)][major];
        if (entry.state != DriverState::unmapped && entry.label == label) return major;
    }
    return 0;
}

}  // namespace axo::vfs
