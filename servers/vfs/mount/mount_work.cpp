// Mounting, see mount_work.hpp: from an order to what is seen in the tree.
#include "servers/vfs/mount/mount_work.hpp"

#include "axo/rs_protocol.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/mount/mount_place.hpp"

namespace axo::vfs {
namespace {

/// The process that serves the mount: one that is there, or one that RS makes for it. RS waits for nobody who waits for
/// VFS, and always answers.
sef::Async<Status> find_server(FileSystem *file_system, const MountOrder *order) {
    file_system->server = order->server;
    if (order->server != endpoint::none) co_return Status{};
    rs::StartFileSystem request{};
    put_text(request.program, order->kind->type);
    const auto started = co_await sef::request(endpoint::rs, request, sef::no_deadline);
    if (!started) co_return started.error();
    file_system->server = started->process;
    file_system->own_service = true;
    co_return Status{};
}

/// Asks the server to open the device and its root.
sef::Async<Result<fs::NodeInfo>> ask_mount(const FileSystem *file_system, const MountOrder *order) {
    const Endpoint server = file_system->server;
    sys::Grant options;
    if (!order->options.empty()) {
        auto granted = grant_text(server, order->options);
        if (!granted) co_return Error::no_memory;
        options = std::move(*granted);
    }
    fs::Mount request{};
    put_text(request.driver_label, order->driver.view());
    request.minor = order->minor;
    request.read_only = file_system->read_only ? 1 : 0;
    request.options_bytes = static_cast<std::uint32_t>(order->options.size());
    request.options = options.id();
    const auto answer = co_await sef::request(server, request);
    if (!answer) co_return answer.error();
    co_return *answer;
}

Status check_order(Vfs &vfs, const MountOrder &order) {
    FileSystemTable &known = vfs.state.file_systems;
    if (order.server != endpoint::none && known.with_server(order.server) != nullptr) return Error::busy;
    if (order.major != 0 && known.with_device(order.major, order.minor) != nullptr) return Error::busy;
    return order.covered.path ? check_place(order.covered.path, abi::mode_directory) : Status{};
}

/// What is known from the start: others see that the device is in use.
void describe(Vfs &vfs, FileSystem &file_system, const MountOrder &order) {
    file_system.type = order.kind->type;
    file_system.read_only = (order.flags & mount_flag::read_only) != 0;
    file_system.remembers = !order.kind->stateless;
    file_system.driver = order.driver;
    file_system.major = order.major;
    file_system.minor = order.minor;
    const bool on_device = order.major != 0;
    file_system.device =
        on_device ? abi::make_device(order.major, order.minor) : vfs.state.file_systems.next_anonymous_device();
    const DeviceEntry *device = on_device ? vfs.state.devices.find(DeviceKind::block, order.major) : nullptr;
    if (device != nullptr) file_system.driver_endpoint = device->driver;
}

Status still_wanted(const FileSystem &file_system, const MountOrder &order) {
    if (file_system.gone) return Error::io;
    return order.call && order.call->exited() ? Status{Error::interrupted} : Status{};
}

/// From an entry of the table to a file system that has its root open. `opened`: it has, and must be told to let go.
sef::Async<Status> open_file_system(Vfs &vfs, FileSystem *file_system, const MountOrder *order, bool *opened) {
    auto finding = find_server(file_system, order);
    Status status = co_await finding;
    if (status) status = still_wanted(*file_system, *order);
    if (!status) co_return status;
    auto asking = ask_mount(file_system, order);
    const auto root = co_await asking;
    if (!root) co_return root.error();
    *opened = true;
    auto vnode = vfs.state.vnodes.adopt(*file_system, *root);
    if (!vnode) co_return vnode.error();
    file_system->root = std::move(*vnode);
    co_return still_wanted(*file_system, *order);
}

/// Into the tree.
sef::Async<Status> show(Vfs &vfs, Mount *mount, const MountOrder *order) {
    mount->root = mount->file_system->root;
    if (!order->covered.path) {
        vfs.state.mounts.set_root(*mount);
        co_return Status{};
    }
    auto attaching = attach_at(mount, &order->covered, order->call.get());
    co_return co_await attaching;
}

}  // namespace

sef::Async<Status> mount_file_system(Vfs &vfs, MountOrder order) {
    if (const Status possible = check_order(vfs, order); !possible) co_return possible;
    auto allocated = vfs.state.file_systems.allocate();
    if (!allocated) co_return allocated.error();
    const Ref<FileSystem> file_system = std::move(*allocated);
    auto made = vfs.state.mounts.make(file_system, order.flags);
    if (!made) co_return made.error();
    const Ref<Mount> mount = std::move(*made);
    describe(vfs, *file_system, order);
    bool opened = false;
    auto opening = open_file_system(vfs, file_system.get(), &order, &opened);
    Status status = co_await opening;
    if (status) {
        auto showing = show(vfs, mount.get(), &order);
        status = co_await showing;
    }
    if (status) co_return status;
    // The server is told to let go, and RS to end it; nothing of the entries stays.
    const fs::Unmount unmounting{0, 0};
    if (opened) static_cast<void>(co_await sef::request(file_system->server, unmounting));
    const rs::StopFileSystem stopping{file_system->server, 0};
    if (file_system->own_service) static_cast<void>(co_await sef::request(endpoint::rs, stopping, sef::no_deadline));
    mount->root.reset();
    file_system->close();
    co_return status;
}

sef::Async<Status> sync_all(Vfs &vfs) {
    Status result{};
    for (std::size_t i = 0; i < FileSystemTable::capacity; ++i) {
        const FileSystem &file_system = vfs.state.file_systems.all()[i];
        if (!file_system.root) continue;
        const fs::Sync request{0};
        const auto answer = co_await sef::request(file_system.server, request);
        if (!answer) result = answer.error();
    }
    co_return result;
}

}  // namespace axo::vfs
