// mount, umount2.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/mount/mount_work.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);
constexpr std::uint64_t unmount_force = 1, unmount_no_follow = 8;

/// Where the path of this argument leads.
sef::Async<Result<Path>> find_place(Vfs &vfs, Ref<Call> call, VirtAddr address, PathText *path, LastLink last) {
    auto start = begin_path(*call, here, address, *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, call, std::move(*start), path, last);
    co_return co_await walking;
}

/// The block device a mount names. Errors: not_block, no_device_address.
struct Source {
    std::uint32_t major = 0, minor = 0;
    Label driver{};
};

sef::Async<Result<Source>> find_source(Vfs &vfs, Ref<Call> call, VirtAddr address, PathText *path) {
    auto finding = find_place(vfs, call, address, path, LastLink::follow);
    auto found = co_await finding;
    if (!found) co_return found.error();
    if (!abi::is_block((*found)->mode)) co_return Error::not_block;
    if (found->mount->has(mount_flag::no_devices)) co_return Error::access;
    Source source;
    source.major = abi::major_of((*found)->special);
    source.minor = abi::minor_of((*found)->special);
    const DeviceEntry *entry = vfs.state.devices.find(DeviceKind::block, source.major);
    if (entry == nullptr) co_return Error::no_device_address;
    source.driver = entry->label;
    co_return source;
}

bool is_mount_point(const Path &place) { return place.vnode == place.mount->root; }

sef::Async<Outcome> remount_path(Vfs &vfs, Ref<Call> call, std::uint64_t flags) {
    PathLease text(vfs.state.paths);
    if (!text) co_return Error::no_memory;
    auto finding = find_place(vfs, call, call->address(1), text.get(), LastLink::follow);
    auto found = co_await finding;
    if (!found) co_return found.error();
    if (!is_mount_point(*found)) co_return Error::invalid;
    auto remounting = remount_file_system(vfs, std::move(found->mount), flags & mount_flag::kept);
    const Status remounted = co_await remounting;
    if (!remounted) co_return error_for_user(*call, remounted.error());
    co_return 0;
}

sef::Async<Outcome> mount_path(Vfs &vfs, Ref<Call> call, std::uint64_t flags) {
    PathLease text(vfs.state.paths), options(vfs.state.paths);
    if (!text || !options) co_return Error::no_memory;
    if (call->argument(2) == 0) co_return Error::invalid;
    if (const Status copied = copy_path(*call, call->address(2), *text); !copied) co_return copied.error();
    const FileSystemKind *kind = vfs.state.kinds.of_type(text->rest());
    if (kind == nullptr) co_return Error::no_device;
    options->set_length(0);
    if (call->argument(4) != 0) {
        if (const Status copied = copy_path(*call, call->address(4), *options); !copied) co_return copied.error();
    }
    Source source;
    if (kind->needs_device) {
        auto finding = find_source(vfs, call, call->address(0), text.get());
        auto found = co_await finding;
        if (!found) co_return found.error();
        source = *found;
    }
    auto finding = find_place(vfs, call, call->address(1), text.get(), LastLink::follow);
    auto covered = co_await finding;
    if (!covered) co_return covered.error();
    MountOrder order{.kind = kind,
                     .server = kind->serves_all() ? kind->server : endpoint::none,
                     .call = call,
                     .covered = std::move(*covered),
                     .driver = source.driver,
                     .major = source.major,
                     .minor = source.minor,
                     .flags = flags & mount_flag::kept,
                     .options = options->rest()};
    auto mounting = mount_file_system(vfs, std::move(order));
    const Status mounted = co_await mounting;
    if (!mounted) co_return error_for_user(*call, mounted.error());
    co_return 0;
}

sef::Async<Outcome> unmount_path(Vfs &vfs, Ref<Call> call) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    const LastLink last = (call->argument(1) & unmount_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    auto finding = find_place(vfs, call, call->address(0), path.get(), last);
    auto found = co_await finding;
    if (!found) co_return found.error();
    if (!is_mount_point(*found)) co_return Error::invalid;
    found->vnode.reset();
    auto unmounting = unmount(vfs, std::move(found->mount));
    const Status unmounted = co_await unmounting;
    if (!unmounted) co_return error_for_user(*call, unmounted.error());
    co_return 0;
}

}  // namespace

Outcome call_mount(Vfs &vfs, Call &call) {
    if (!call.credentials().is_root()) return Error::not_permitted;
    const std::uint64_t flags = TRY(mount_flag::understood(call.argument(3)));
    if ((flags & mount_flag::remount) != 0) return vfs.drive(call, remount_path(vfs, Ref<Call>(&call), flags));
    return vfs.drive(call, mount_path(vfs, Ref<Call>(&call), flags));
}

Outcome call_umount2(Vfs &vfs, Call &call) {
    if (!call.credentials().is_root()) return Error::not_permitted;
    if ((call.argument(1) & ~(unmount_force | unmount_no_follow)) != 0) return Error::invalid;
    return vfs.drive(call, unmount_path(vfs, Ref<Call>(&call)));
}

}  // namespace axo::vfs
