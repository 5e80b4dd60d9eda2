// See mount_work.hpp.
#include "servers/vfs/mount/mount_work.hpp"

#include "axo/rs_protocol.hpp"
#include "lib/sys/ds.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/mount/file_system.hpp"

namespace axo::vfs {
namespace {

/// The process that serves the mount: one that is there, or one that RS makes for it. RS waits for nobody who waits for
/// VFS, and always answers.
sef::Async<Status> find_server(Mount *mount, const MountOrder *order) {
    mount->file_system = order->server;
    if (order->server != endpoint::none) co_return Status{};
    rs::StartFileSystem request{};
    put_text(request.program, order->kind->type);
    const auto started = co_await sef::request(endpoint::rs, request, sef::no_deadline);
    if (!started) co_return started.error();
    mount->file_system = started->process;
    mount->own_service = true;
    co_return Status{};
}

/// Asks the server to open the device and its root.
sef::Async<Result<fs::NodeInfo>> ask_mount(const Mount *mount, const MountOrder *order) {
    const Endpoint server = mount->file_system;
    sys::Grant options;
    if (!order->options.empty()) {
        auto granted = grant_text(server, order->options);
        if (!granted) co_return Error::no_memory;
        options = std::move(*granted);
    }
    fs::Mount request{};
    put_text(request.driver_label, order->driver.view());
    request.minor = order->minor;
    request.read_only = mount->read_only() ? 1 : 0;
    request.options_bytes = static_cast<std::uint32_t>(order->options.size());
    request.options = options.id();
    const auto answer = co_await sef::request(server, request);
    if (!answer) co_return answer.error();
    co_return *answer;
}

/// Tells the file system below that something is mounted there, or no more. No coroutine of its own: what has begun
/// must not end for want of a frame.
fs::SetMountPoint mark(const Vnode &covered, std::uint64_t on) { return {covered.id.inode, on}; }

rs::StopFileSystem stop(Endpoint server) { return {server, 0}; }

Status check_order(Vfs &vfs, const MountOrder &order) {
    MountTable &mounts = vfs.state.mounts;
    if (order.server != endpoint::none && mounts.with_file_system(order.server) != nullptr) return Error::busy;
    if (order.major != 0 && mounts.with_device(order.major, order.minor) != nullptr) return Error::busy;
    if (!order.covered) return {};
    if (!abi::is_directory(order.covered->mode)) return Error::not_directory;
    const Vnode &covered = *order.covered;
    const bool is_root = covered.mount != nullptr && covered.mount->root.get() == &covered;
    if (is_root || covered.mounted_here != nullptr) return Error::busy;  // one mount at a place
    return {};
}

/// What is known from the start: others see that the device is in use.
void describe(Vfs &vfs, Mount &mount, const MountOrder &order) {
    mount.type = order.kind->type;
    mount.flags = order.flags;
    mount.remembers = !order.kind->stateless;
    mount.driver = order.driver;
    mount.major = order.major;
    mount.minor = order.minor;
    const bool on_device = order.major != 0;
    mount.device = on_device ? abi::make_device(order.major, order.minor) : vfs.state.mounts.next_anonymous_device();
    const DeviceEntry *device = on_device ? vfs.state.devices.find(DeviceKind::block, order.major) : nullptr;
    if (device != nullptr) mount.driver_endpoint = device->driver;
}

Status still_wanted(const Mount &mount, const MountOrder &order) {
    if (mount.gone) return Error::io;
    return order.call && order.call->exited() ? Status{Error::interrupted} : Status{};
}

/// From an entry of the table to one whose file system has its root open. `mounted`: it has, and must be told to let
/// go.
sef::Async<Status> open_file_system(Vfs &vfs, Mount *mount, const MountOrder *order, bool *mounted) {
    auto finding = find_server(mount, order);
    Status status = co_await finding;
    if (status) status = still_wanted(*mount, *order);
    if (!status) co_return status;
    auto asking = ask_mount(mount, order);
    const auto root = co_await asking;
    if (!root) co_return root.error();
    *mounted = true;
    auto vnode = vfs.state.vnodes.adopt(*mount, *root);
    if (!vnode) co_return vnode.error();
    mount->root = std::move(*vnode);
    co_return still_wanted(*mount, *order);
}

/// Into the tree. Errors: busy (another mount was quicker), those of the file system below.
sef::Async<Status> attach(Vfs &vfs, Mount *mount, const MountOrder *order) {
    if (!order->covered) {
        vfs.state.mounts.set_root(*mount);
        co_return Status{};
    }
    Vnode &covered = *order->covered;
    if (covered.mounted_here != nullptr) co_return Error::busy;
    const fs::SetMountPoint marking = mark(covered, 1);
    const auto marked = co_await sef::request(covered.id.file_system, marking);
    if (!marked) co_return marked.error();
    if (covered.mounted_here != nullptr) co_return Error::busy;
    if (const Status wanted = still_wanted(*mount, *order); !wanted) {
        static_cast<void>(sef::tell(covered.id.file_system, mark(covered, 0)));
        co_return wanted;
    }
    mount->covered = order->covered;
    covered.mounted_here = mount;
    co_return Status{};
}

/// Its holds ended with the mount.
void drop_root(Mount &mount) {
    Ref<Vnode> root = std::move(mount.root);
    if (!root) return;
    root->links = 0;
    root->holds = 0;
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
    describe(vfs, mount, order);
    bool mounted = false;
    auto opening = open_file_system(vfs, &mount, &order, &mounted);
    Status status = co_await opening;
    if (status) {
        auto attaching = attach(vfs, &mount, &order);
        status = co_await attaching;
    }
    if (status) co_return status;
    // The server is told to let go, and RS to end it; nothing of the entry stays.
    const fs::Unmount unmounting{0, 0};
    if (mounted) static_cast<void>(co_await sef::request(mount.file_system, unmounting));
    const rs::StopFileSystem stopping = stop(mount.file_system);
    if (mount.own_service) static_cast<void>(co_await sef::request(endpoint::rs, stopping, sef::no_deadline));
    drop_root(mount);
    vfs.state.mounts.free(mount);
    co_return status;
}

/// VM gives back the files of which it only remembers pages. What is mapped it keeps. Errors: io (the file system
/// died).
sef::Async<Status> drop_pages(Vfs &vfs, Mount *mount) {
    const Ref<Vnode> root = mount->root;
    for (const Vnode *kept = vfs.state.vnodes.kept_by_vm(*mount, 0); kept != nullptr;) {
        const vm::FileChanged request{kept->id, 0, 0};
        static_cast<void>(co_await sef::request(endpoint::vm, request));
        if (mount->gone) co_return Error::io;
        kept = vfs.state.vnodes.kept_by_vm(*mount, request.file.inode);
    }
    co_return Status{};
}

sef::Async<Status> unmount_file_system(Vfs &vfs, Mount *mount) {
    const auto in_use = [mount] { return mount->leaving || mount->remounting || mount->root->mounted_here != nullptr; };
    if (!mount->covered || in_use()) co_return Error::busy;
    mount->remounting = true;
    auto dropping = drop_pages(vfs, mount);
    const Status dropped = co_await dropping;
    if (!dropped && dropped.error() == Error::io) co_return Error::io;  // and the mount is no more
    mount->remounting = false;
    if (in_use()) co_return Error::busy;
    const bool clean = vfs.state.vnodes.evict_mount(*mount, mount->root.get());
    if (!clean || mount->root->references != 1) co_return Error::busy;
    mount->leaving = true;
    const fs::Unmount request{0, 0};
    const auto answer = co_await sef::request(mount->file_system, request);
    if (!answer && answer.error() != Error::dead_peer) {
        mount->leaving = false;
        co_return answer.error();
    }
    const Ref<Vnode> covered = mount->covered;
    const bool own_service = mount->own_service;
    const rs::StopFileSystem stopping = stop(mount->file_system);
    covered->mounted_here = nullptr;
    drop_root(*mount);
    vfs.state.mounts.free(*mount);
    const fs::SetMountPoint clearing = mark(*covered, 0);
    const auto cleared = co_await sef::request(covered->id.file_system, clearing);
    if (own_service) static_cast<void>(co_await sef::request(endpoint::rs, stopping, sef::no_deadline));
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
