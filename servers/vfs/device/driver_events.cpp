// See driver_events.hpp.
#include "servers/vfs/device/driver_events.hpp"

#include "lib/sys/ds.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/file/poll.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

constexpr std::string_view driver_prefix = device::up_event_prefix, fs_prefix = fs::up_event_prefix;

/// Opens the mount's device at the new driver and tells the file system.
sef::Task reopen_for_mount(Vfs &vfs, Mount *mount, Endpoint driver) {
    const std::uint32_t flags = device::open_flag::read | (mount->read_only ? 0 : device::open_flag::write);
    const device::Open opening{mount->minor, flags, 0, 0};
    const auto opened = co_await sef::request(driver, opening);
    if (!opened) {
        sys::log("%.*s: minor %u does not open again: error %d", static_cast<int>(mount->driver.size()),
                 mount->driver.text, mount->minor, static_cast<int>(opened.error()));
        co_return;
    }
    const fs::NewDriver news{driver, 0};
    const auto told = co_await sef::request(mount->file_system, news);
    if (!told) sys::log("a file system refuses its new driver: error %d", static_cast<int>(told.error()));
    static_cast<void>(vfs);
}

/// Files opened at an earlier incarnation: block devices are opened again, characters are lost.
sef::Task reopen_file(Ref<OpenFile> file, Endpoint driver) {
    const std::uint32_t flags = device::open_flag::read | (file->writable() ? device::open_flag::write : 0);
    const device::Open opening{file->minor, flags, 0, 0};
    const auto opened = co_await sef::request(driver, opening);
    if (!opened) co_return;
    file->driver = driver;
    file->stale = false;
}

void driver_is_up(Vfs &vfs, std::string_view label, Endpoint driver) {
    // Anybody may publish such a key; whom the label names only RS says.
    const auto named = sys::ds::endpoint_of(label);
    if (!named || *named != driver) return;
    const Announcement announced = vfs.state.devices.mark_up(label, driver);
    if (announced == Announcement::of_nobody) return;
    const bool again = announced == Announcement::again;
    for (Mount &mount : vfs.state.mounts.all()) {
        if (!mount.used || !mount.root || !(mount.driver == label)) continue;
        if (mount.driver_endpoint == driver && !again) continue;
        mount.driver_endpoint = driver;
        reopen_for_mount(vfs, &mount, driver);
    }
    for (OpenFile &file : vfs.state.files.all()) {
        if (!file.device_open || (file.driver == driver && !again)) continue;
        const DeviceKind kind = file.kind == FileKind::block ? DeviceKind::block : DeviceKind::character;
        const DeviceEntry *entry = vfs.state.devices.find(kind, file.major);
        if (entry == nullptr || entry->driver != driver) continue;
        file.stale = true;
        wake_pollers(file.pollers);
        if (kind == DeviceKind::block) reopen_file(Ref<OpenFile>(&file), driver);
    }
}

}  // namespace

void check_driver_events(Vfs &vfs) {
    while (const auto event = sys::ds::check()) {
        const std::string_view key = event->key.view();
        if (event->deleted || event->value != 1) continue;
        if (key.starts_with(driver_prefix)) driver_is_up(vfs, part_of(key, driver_prefix.size()), event->owner);
        if (key.starts_with(fs_prefix)) file_system_is_up(vfs, part_of(key, fs_prefix.size()), event->owner);
    }
}

void driver_died(Vfs &vfs, Endpoint driver) {
    for (OpenFile &file : vfs.state.files.all()) {
        if (!file.device_open || file.driver != driver) continue;
        file.stale = true;
        wake_pollers(file.pollers);
    }
}

}  // namespace axo::vfs
