// See device_io.hpp. Block devices are in block_io.cpp.
#include "servers/vfs/device/device_io.hpp"

#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/ioctl_code.hpp"

namespace axo::vfs {
namespace {

/// Which device an open of `vnode` means: its own number, or for /dev/tty the session's terminal.
struct DeviceName {
    DeviceKind kind;
    std::uint32_t major, minor;
};

Result<DeviceName> device_named(const Call &call, const Vnode &vnode) {
    const DeviceKind kind = abi::is_block(vnode.mode) ? DeviceKind::block : DeviceKind::character;
    const std::uint32_t major = abi::major_of(vnode.special), minor = abi::minor_of(vnode.special);
    if (kind == DeviceKind::block || major != device::major_tty || minor != 0) return DeviceName{kind, major, minor};
    if (!call.process->session || !call.process->session->has_terminal) return Error::no_device_address;
    return DeviceName{kind, call.process->session->major, call.process->session->minor};
}

std::uint32_t open_flags(const OpenFile &file) {
    std::uint32_t flags = 0;
    if (file.readable()) flags |= device::open_flag::read;
    if (file.writable()) flags |= device::open_flag::write;
    if (file.nonblocking()) flags |= device::open_flag::nonblock;
    return flags;
}

/// The session of a leader that has no terminal yet: the device may become it.
std::uint32_t session_wanting_terminal(const Call &call) {
    if (!call.process->session || !call.process->session_leader || call.process->session->has_terminal) return 0;
    return call.process->session->id;
}

/// The driver counts one open less; nobody waits for its answer.
void tell_closed(Endpoint driver, std::uint32_t minor) {
    const device::Close request{minor, 0};
    static_cast<void>(sef::tell(driver, request));
}

}  // namespace

Error error_for_user(const Call &call, Error error) {
    switch (error) {
        case Error::interrupted: return call.cancelled ? Error::restart_call : Error::interrupted;
        case Error::timed_out: return Error::io;
        default: return public_error(error);
    }
}

sef::Async<Status> open_device(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file) {
    const auto name = device_named(*call, *file->vnode);
    if (!name) co_return name.error();
    const DeviceEntry *entry = vfs.state.devices.find(name->kind, name->major);
    if (entry == nullptr) co_return Error::no_device_address;
    const bool terminal_refused = (file->flags & abi::open_no_terminal) != 0;
    const std::uint32_t session = terminal_refused ? 0 : session_wanting_terminal(*call);
    const std::uint32_t flags = open_flags(*file) | (terminal_refused ? device::open_flag::no_terminal : 0);
    const Endpoint driver = entry->driver;
    const Label label = entry->label;
    // A session leader without a terminal leads its group too, so the group is the session's number.
    const device::Open request{name->minor, flags, session, session};
    DriverRequest<device::Open> opening(*call, driver, request);
    const auto opened = co_await opening;
    if (!opened) co_return error_for_user(*call, opened.error());
    auto device = vfs.state.open_devices.get(name->kind, name->major, opened->minor, label, driver);
    if (!device) {
        tell_closed(driver, opened->minor);
        co_return device.error();
    }
    file->device = std::move(*device);
    file->kind = name->kind == DeviceKind::block ? FileKind::block : FileKind::character;
    if (name->kind == DeviceKind::block) file->vnode->size = opened->size;
    if (opened->became_controlling != 0 && call->process->session && session != 0) {
        call->process->session->has_terminal = true;
        call->process->session->major = name->major;
        call->process->session->minor = opened->minor;
    }
    co_return Status{};
}

void give_up_terminal(Vfs &vfs, Session &session) {
    if (!std::exchange(session.has_terminal, false)) return;
    const DeviceEntry *entry = vfs.state.devices.find(DeviceKind::character, session.major);
    if (entry == nullptr) return;
    const device::Ioctl request{session.minor, ioctl_code::leave_terminal, 0, invalid_grant, 0, session.id, session.id};
    static_cast<void>(sef::tell(entry->driver, request));
}

void close_device(Vfs &, OpenFile &file) {
    if (!file.device->stale) tell_closed(file.device->driver, file.device->minor);
}

void device_changed(Vfs &vfs, Device &device) {
    vfs.changed(device.watch);
    vfs.wake_all(device.readers);
    vfs.wake_all(device.writers);
}

void incarnation_ended(Vfs &vfs, Device &device) {
    device.stale = true;
    device_changed(vfs, device);
}

void cancel_driver_request(Call &call) {
    if (call.driver == endpoint::none) return;
    const device::Cancel request{call.driver_tag};
    static_cast<void>(sef::tell(call.driver, request));
}

}  // namespace axo::vfs
