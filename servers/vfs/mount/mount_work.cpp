// See mount_work.hpp.
#include "servers/vfs/mount/mount_work.hpp"

#include "lib/sys/ds.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/mount/file_system.hpp"

namespace axo::vfs {
namespace {

/// Asks the server to open the device and its root.
sef::Async<Result<fs::NodeInfo>> ask_mount(const MountOrder *order) {
    sys::Grant options;
    if (!order->options.empty()) {
        auto granted = grant_text(order->kind->server, order->options);
        if (!granted) co_return Error::no_memory;
        options = std::move(*granted);
    }
    fs::Mount request{};
    put_text(request.driver_label, order->driver.view());
    request.minor = order->minor;
    request.read_only = order->read_only ? 1 : 0;
    request.options_bytes = static_cast<std::uint32_t>(order->options.size());
    request.options = options.id();
    const auto answer = co_await sef::request(order->kind->server, request);
    if (!answer) co_return answer.error();
    co_return *answer;
}

/// Tells the file system below that something is mounted there, or no more. No coroutine of its own: what has begun
/// must not end for want of a frame.
fs::SetMountPoint mark(const Vnode &covered, std::uint64_t on) { return {covered.id.inode, on}; }

Status check_order(Vfs &vfs, const MountOrder &order) {
    if (vfs.state.mounts.with_file_system(order.kind->server) != nullptr) return Error::busy;
    if (!order.covered) return {};
    if (!abi::is_directory(order.covered->mode)) return Error::not_directory;
    if (order.covered->mounted_here != nullptr) return Error::busy;
    return {};
}

/// The mount's root is that of the new server; nobody gets at other files of the old one by name any more.
sef::Task mount_again(Vfs &vfs, Mount *mount, const FileSystemKind *kind) {
    const Endpoint server = kind->server;
    const fs::Mount request{};
    const auto root = co_await sef::request(server, request);
    const bool meanwhile_gone = !mount->used || !(mount->type == kind->type);
    if (meanwhile_gone || kind->server != server) co_return;
    if (!root) {
        sys::log("%s cannot be mounted again: error %d", mount->type.text, static_cast<int>(root.error()));
        co_return;
    }
    vfs.state.vnodes.evict_mount(*mount, mount->root.get());
    mount->file_system = server;
    vfs.state.vnodes.move(*mount->root, server, *root);
}

}  // namespace

void file_system_is_up(Vfs &vfs, std::string_view service, Endpoint server) {
    FileSystemKind *kind = vfs.state.file_systems.of_service(service);
    if (kind == nullptr || !kind->stateless || kind->server == server) return;
    // Anybody may publish such a key; whom the label names only RS says.
    const auto named = sys::ds::endpoint_of(service);
    if (!named || *named != server) return;
    kind->server = server;
    for (Mount &mount : vfs.state.mounts.all()) {
        if (mount.used && mount.root && mount.type == kind->type) mount_again(vfs, &mount, kind);
    }
}

sef::Async<Status> mount_file_system(Vfs &vfs, MountOrder order) {
    if (const Status possible = check_order(vfs, order); !possible) co_return possible;
    auto allocated = vfs.state.mounts.allocate();
    if (!allocated) co_return allocated.error();
    Mount &mount = **allocated;
    mount.type = order.kind->type;
    mount.file_system = order.kind->server;
    auto asking = ask_mount(&order);
    const auto root = co_await asking;
    if (!root) {
        vfs.state.mounts.free(mount);
        co_return root.error();
    }
    mount.read_only = order.read_only;
    mount.remembers = !order.kind->stateless;
    mount.driver = order.driver;
    const DeviceEntry *device = vfs.state.devices.find(DeviceKind::block, order.major);
    if (device != nullptr) mount.driver_endpoint = device->driver;
    mount.major = order.major;
    mount.minor = order.minor;
    mount.device =
        order.major != 0 ? abi::make_device(order.major, order.minor) : vfs.state.mounts.next_anonymous_device();
    auto vnode = vfs.state.vnodes.adopt(mount, *root);
    Status status = vnode ? Status{} : Status(vnode.error());
    if (vnode) mount.root = std::move(*vnode);
    if (status && !order.covered) vfs.state.mounts.set_root(mount);
    if (status && order.covered) {
        Vnode &covered = *order.covered;
        if (covered.mounted_here == nullptr) {
            const fs::SetMountPoint marking = mark(covered, 1);
            const auto marked = co_await sef::request(covered.id.file_system, marking);
            if (!marked) status = marked.error();
        }
        if (status && covered.mounted_here != nullptr) status = Error::busy;  // another mount was quicker
        if (status) {
            mount.covered = order.covered;
            covered.mounted_here = &mount;
        }
    }
    if (status) co_return status;
    // The server has mounted what the tree does not take: it is told to let go, and nothing of the entry stays.
    const fs::Unmount request{0, 0};
    static_cast<void>(co_await sef::request(mount.file_system, request));
    if (mount.root) {  // its holds ended with the mount
        mount.root->links = 0;
        mount.root->holds = 0;
    }
    vfs.state.mounts.free(mount);
    co_return status;
}

sef::Async<Status> unmount_file_system(Vfs &vfs, Mount *mount) {
    if (!mount->covered || mount->leaving || mount->root->mounted_here != nullptr) co_return Error::busy;
    const bool clean = vfs.state.vnodes.evict_mount(*mount, mount->root.get());
    if (!clean || mount->root->references != 1) co_return Error::busy;
    mount->leaving = true;
    const fs::Unmount request{0, 0};
    const auto answer = co_await sef::request(mount->file_system, request);
    if (!answer && answer.error() != Error::dead_peer) {
        mount->leaving = false;
        co_return answer.error();
    }
    Ref<Vnode> covered = mount->covered;
    covered->mounted_here = nullptr;
    mount->root->links = 0;  // its holds ended with the mount
    mount->root->holds = 0;
    vfs.state.mounts.free(*mount);
    const fs::SetMountPoint clearing = mark(*covered, 0);
    const auto cleared = co_await sef::request(covered->id.file_system, clearing);
    if (!cleared) co_return cleared.error();
    co_return Status{};
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
