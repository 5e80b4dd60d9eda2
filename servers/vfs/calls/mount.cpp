// mount, umount2.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/mount/bind.hpp"
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

Outcome outcome_of(const Call &call, const Status &done) {
    return done ? Outcome(0) : Outcome(error_for_user(call, done.error()));
}

/// Where something is to be mounted.
sef::Async<Result<MountPlace>> find_mount_place(Vfs &vfs, Ref<Call> call, PathText *path) {
    auto start = begin_path(*call, here, call->address(1), *path);
    if (!start) co_return start.error();
    Arrival arrival{};
    auto walking = walk(vfs, call, std::move(*start), path, LastLink::follow, &arrival);
    auto found = co_await walking;
    if (!found) co_return found.error();
    MountPlace place{std::move(*found), {}};
    // One step led from it: only below file systems where nothing can be mounted there are longer ones.
    if (!abi::is_directory(place.path->mode)) place.directory = std::move(arrival.directory.vnode);
    co_return place;
}

/// With MS_BIND only this mount changes, else also the file system.
sef::Async<Outcome> remount_path(Vfs &vfs, Ref<Call> call, std::uint64_t flags) {
    PathLease text(vfs.state.paths);
    if (!text) co_return Error::no_memory;
    auto finding = find_place(vfs, call, call->address(1), text.get(), LastLink::follow);
    auto found = co_await finding;
    if (!found) co_return found.error();
    if (!is_mount_point(*found)) co_return Error::invalid;
    const std::uint64_t changed = mount_flag::changed_by(found->mount->flags, flags);
    if ((flags & mount_flag::bind) != 0) co_return outcome_of(*call, set_mount_flags(vfs, *found->mount, changed));
    auto remounting = remount_file_system(vfs, std::move(found->mount), changed);
    const Status remounted = co_await remounting;
    co_return outcome_of(*call, remounted);
}

sef::Async<Outcome> bind_path(Vfs &vfs, Ref<Call> call, Inner inner) {
    PathLease text(vfs.state.paths);
    if (!text) co_return Error::no_memory;
    if (call->argument(0) == 0) co_return Error::invalid;
    auto finding = find_place(vfs, call, call->address(0), text.get(), LastLink::follow);
    auto source = co_await finding;
    if (!source) co_return source.error();
    auto placing = find_mount_place(vfs, call, text.get());
    auto place = co_await placing;
    if (!place) co_return place.error();
    auto binding = bind_mount(vfs, call, std::move(*source), std::move(*place), inner);
    const Status bound = co_await binding;
    co_return outcome_of(*call, bound);
}

/// All mounts are private: nothing that is mounted in one is seen in another.
sef::Async<Outcome> change_propagation(Vfs &vfs, Ref<Call> call, std::uint64_t flags) {
    PathLease text(vfs.state.paths);
    if (!text) co_return Error::no_memory;
    auto finding = find_place(vfs, call, call->address(1), text.get(), LastLink::follow);
    const auto found = co_await finding;
    if (!found) co_return found.error();
    const std::uint64_t besides = flags & ~(mount_flag::recursive | mount_flag::silent);
    if (!is_mount_point(*found) || besides != mount_flag::is_private) co_return Error::invalid;
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
    auto placing = find_mount_place(vfs, call, text.get());
    auto covered = co_await placing;
    if (!covered) co_return covered.error();
    MountOrder order{.kind = kind,
                     .server = kind->serves_all() ? kind->server : endpoint::none,
                     .call = call,
                     .covered = std::move(*covered),
                     .driver = source.driver,
                     .major = source.major,
                     .minor = source.minor,
                     .flags = mount_flag::kept_of(flags),
                     .options = options->rest()};
    auto mounting = mount_file_system(vfs, std::move(order));
    const Status mounted = co_await mounting;
    co_return outcome_of(*call, mounted);
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
    co_return outcome_of(*call, unmounted);
}

}  // namespace

Outcome call_mount(Vfs &vfs, Call &call) {
    if (!call.credentials().is_root()) return Error::not_permitted;
    const std::uint64_t flags = TRY(mount_flag::understood(call.argument(3)));
    const auto has = [flags](std::uint64_t flag) { return (flags & flag) != 0; };
    if (has(mount_flag::remount)) return vfs.drive(call, remount_path(vfs, Ref<Call>(&call), flags));
    if (has(mount_flag::bind)) {
        const Inner inner = has(mount_flag::recursive) ? Inner::bound_too : Inner::left_out;
        return vfs.drive(call, bind_path(vfs, Ref<Call>(&call), inner));
    }
    if (has(mount_flag::propagation)) return vfs.drive(call, change_propagation(vfs, Ref<Call>(&call), flags));
    return vfs.drive(call, mount_path(vfs, Ref<Call>(&call), flags));
}

Outcome call_umount2(Vfs &vfs, Call &call) {
    if (!call.credentials().is_root()) return Error::not_permitted;
    if ((call.argument(1) & ~(unmount_force | unmount_no_follow)) != 0) return Error::invalid;
    return vfs.drive(call, unmount_path(vfs, Ref<Call>(&call)));
}

}  // namespace axo::vfs
