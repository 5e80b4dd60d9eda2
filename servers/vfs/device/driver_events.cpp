// See driver_events.hpp.
#include "servers/vfs/device/driver_events.hpp"

#include "lib/sys/ds.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

constexpr std::string_view driver_prefix = device::up_event_prefix, fs_prefix = fs::up_event_prefix;

/// Opens the device of a file system at the new driver and tells it.
sef::Task reopen_for(Ref<FileSystem> file_system, Endpoint driver) {
    const std::uint32_t flags = device::open_flag::read | (file_system->read_only ? 0 : device::open_flag::write);
    const device::Open opening{file_system->minor, flags, 0, 0};
    const auto opened = co_await sef::request(driver, opening);
    if (!opened) {
        sys::log("%.*s: minor %u does not open again: error %d", static_cast<int>(file_system->driver.size()),
                 file_system->driver.text, file_system->minor, static_cast<int>(opened.error()));
        co_return;
    }
    if (!file_system->root || file_system->gone) {  // it was unmounted meanwhile
        static_cast<void>(sef::tell(driver, device::Close{opening.minor, 0}));
        co_return;
    }
    const fs::NewDriver news{driver, 0};
    const auto told = co_await sef::request(file_system->server, news);
    if (!told) sys::log("a file system refuses its new driver: error %d", static_cast<int>(told.error()));
}

/// Opens the block device at its driver's new incarnation, once for every file that has it open.
sef::Task reopen(Vfs &vfs, Ref<Device> device, Endpoint driver, std::uint32_t opens, bool writable) {
    const std::uint32_t flags = device::open_flag::read | (writable ? device::open_flag::write : 0);
    for (std::uint32_t i = 0; i < opens; ++i) {
        const device::Open opening{device->minor, flags, 0, 0};
        const auto opened = co_await sef::request(driver, opening);
        if (!opened) co_return;
    }
    device->driver = driver;
    device->stale = false;
    device_changed(vfs, *device);
}

void reopen_block(Vfs &vfs, Device &device, Endpoint driver) {
    std::uint32_t opens = 0;
    bool writable = false;
    for (const OpenFile &file : vfs.state.files.all()) {
        if (file.device.get() != &device) continue;
        ++opens;
        writable = writable || file.writable();
    }
    reopen(vfs, Ref<Device>(&device), driver, opens, writable);
}

void driver_is_up(Vfs &vfs, std::string_view label, Endpoint driver) {
    // Anybody may publish such a key; whom the label names only RS says.
    const auto named = sys::ds::endpoint_of(label);
    if (!named || *named != driver) return;
    const Announcement announced = vfs.state.devices.mark_up(label, driver);
    if (announced == Announcement::of_nobody) return;
    const bool again = announced == Announcement::again;
    for (FileSystem &on_it : vfs.state.file_systems.all()) {
        if (!on_it.root || !(on_it.driver == label)) continue;
        if (on_it.driver_endpoint == driver && !again) continue;
        on_it.driver_endpoint = driver;
        reopen_for(Ref<FileSystem>(&on_it), driver);
    }
    for (Device &device : vfs.state.open_devices.all()) {
        if (device.driver == driver && !again) continue;
        const DeviceEntry *entry = vfs.state.devices.find(device.kind, device.major);
        if (entry == nullptr || entry->driver != driver) continue;
        incarnation_ended(vfs, device);
        if (device.kind == DeviceKind::block) reopen_block(vfs, device, driver);
    }
}

/// What the label's process published is gone, and so is the process. A driver that was down for good told nobody else:
/// the kernel's obituary goes to those only that wait for an answer.
void driver_is_gone(Vfs &vfs, std::string_view label) {
    const auto now = sys::ds::endpoint_of(label);
    for (Device &device : vfs.state.open_devices.all()) {
        const bool lives = now && *now == device.driver;
        if (device.label == label && !device.stale && !lives) incarnation_ended(vfs, device);
    }
}

}  // namespace

void check_driver_events(Vfs &vfs) {
    while (const auto event = sys::ds::check()) {
        const std::string_view key = event->key.view();
        if (event->deleted) {
            if (key.starts_with(driver_prefix)) driver_is_gone(vfs, part_of(key, driver_prefix.size()));
            continue;
        }
        if (event->value != 1) continue;
        if (key.starts_with(driver_prefix)) driver_is_up(vfs, part_of(key, driver_prefix.size()), event->owner);
        if (key.starts_with(fs_prefix)) file_system_is_up(vfs, part_of(key, fs_prefix.size()), event->owner);
    }
}

void driver_died(Vfs &vfs, Endpoint driver) {
    for (Device &device : vfs.state.open_devices.all()) {
        if (device.driver == driver && !device.stale) incarnation_ended(vfs, device);
    }
}

}  // namespace axo::vfs
