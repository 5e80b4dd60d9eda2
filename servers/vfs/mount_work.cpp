// See mount_work.hpp.
#include "servers/vfs/mount_work.hpp"

#include "servers/vfs/file_system.hpp"

namespace axo::vfs {
namespace {

/// Asks the server to open the device and its root.
sef::Async<Result<fs::NodeInfo>> ask_mount(const MountOrder *order) {
    sys::Grant options;
    if (!order->options.empty()) {
        auto granted = grant_text(order->server, order->options);
        if (!granted) co_return Error::no_memory;
        options = std::move(*granted);
    }
    fs::Mount request{};
    put_text(request.driver_label, order->driver.view());
    request.minor = order->minor;
    request.read_only = order->read_only ? 1 : 0;
    request.options_bytes = static_cast<std::uint32_t>(order->options.size());
    request.options = options.id();
    const auto answer = co_await sef::request(order->server, request);
    if (!answer) co_return answer.error();
    co_return *answer;
}

sef::Async<Status> set_mount_point(Ref<Vnode> covered, bool on) {
    const fs::SetMountPoint request{covered->id.inode, on ? 1u : 0u};
    const auto answer = co_await sef::request(covered->id.file_system, request);
    if (!answer) co_return answer.error();
    co_return Status{};
}

Status check_order(Vfs &vfs, const MountOrder &order) {
    if (vfs.state.mounts.with_file_system(order.server) != nullptr) return Error::busy;
    if (!order.covered) return {};
    if (!abi::is_directory(order.covered->mode)) return Error::not_directory;
    if (order.covered->mounted_here != nullptr) return Error::busy;
    return {};
}

}  // namespace

Result<FileSystemType> file_system_named(std::string_view type) {
    if (type == "tmpfs") return FileSystemType{endpoint::tmpfs, false};
    if (type == "proc") return FileSystemType{endpoint::procfs, false};
    if (type == "ext2") return FileSystemType{endpoint::root_fs, true};
    return Error::no_device;
}

std::string_view type_name(const Mount &mount) {
    if (mount.file_system == endpoint::procfs) return "proc";
    return mount.major == 0 ? "tmpfs" : "ext2";
}

sef::Async<Status> mount_file_system(Vfs &vfs, MountOrder order) {
    if (const Status possible = check_order(vfs, order); !possible) co_return possible;
    auto allocated = vfs.state.mounts.allocate();
    if (!allocated) co_return allocated.error();
    Mount &mount = **allocated;
    mount.file_system = order.server;
    auto asking = ask_mount(&order);
    const auto root = co_await asking;
    if (!root) {
        vfs.state.mounts.free(mount);
        co_return root.error();
    }
    mount.read_only = order.read_only;
    mount.remembers = order.server != endpoint::procfs;
    mount.driver = order.driver;
    const DeviceEntry *device = vfs.state.devices.find(DeviceKind::block, order.major);
    if (device != nullptr) mount.driver_endpoint = device->driver;
    mount.major = order.major;
    mount.minor = order.minor;
    mount.device =
        order.major != 0 ? abi::make_device(order.major, order.minor) : vfs.state.mounts.next_anonymous_device();
    auto vnode = vfs.state.vnodes.adopt(mount, *root);
    if (!vnode) {
        vfs.state.mounts.free(mount);
        co_return vnode.error();
    }
    mount.root = std::move(*vnode);
    if (order.covered) {
        auto setting = set_mount_point(order.covered, true);
        const Status set = co_await setting;
        if (!set) co_return set;
        mount.covered = order.covered;
        mount.covered->mounted_here = &mount;
    } else {
        vfs.state.mounts.set_root(mount);
    }
    co_return Status{};
}

sef::Async<Status> unmount_file_system(Vfs &vfs, Mount *mount) {
    if (!mount->covered || mount->root->mounted_here != nullptr) co_return Error::busy;
    const bool clean = vfs.state.vnodes.evict_mount(*mount, mount->root.get());
    if (!clean || mount->root->references != 1) co_return Error::busy;
    const fs::Unmount request{0, 0};
    const auto answer = co_await sef::request(mount->file_system, request);
    if (!answer) co_return answer.error();
    Ref<Vnode> covered = mount->covered;
    covered->mounted_here = nullptr;
    mount->root->links = 0;  // its holds ended with the mount
    mount->root->holds = 0;
    vfs.state.mounts.free(*mount);
    auto clearing = set_mount_point(covered, false);
    co_return co_await clearing;
}

sef::Async<Status> sync_all(Vfs &vfs) {
    Status result{};
    for (std::size_t i = 0; i < MountTable::capacity; ++i) {
        const Mount &mount = vfs.state.mounts.all()[i];
        if (!mount.used || !mount.root) continue;
        const fs::Sync request{0};
        const auto answer = co_await sef::request(mount.file_system, request);
        if (!answer) result = answer.error();
    }
    co_return result;
}

}  // namespace axo::vfs
