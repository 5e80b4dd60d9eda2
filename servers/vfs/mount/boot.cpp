// See boot.hpp.
#include "servers/vfs/mount/boot.hpp"

#include "lib/base/owned.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/mount/mount_work.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

/// The view with which VFS walks for other servers.
Status make_system_view(Vfs &vfs) {
    Process *process = TRY(create<Process>(arena_heap(), endpoint::vfs, 0u));
    Ref<Process> view(process);
    view->identity = TRY(vfs.state.processes.root_identity());
    FileContext *context = TRY(create<FileContext>(arena_heap()));
    view->files = Ref<FileContext>(context);
    view->files->root = view->files->current = vfs.state.mounts.top();
    vfs.state.system = std::move(view);
    return {};
}

/// Without a device.
sef::Async<Status> mount_at(Vfs &vfs, std::string_view directory, std::string_view type, std::string_view options) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    static_cast<void>(path->assign(directory));
    auto call = make_call(*vfs.state.system);
    if (!call) co_return call.error();
    auto walking = walk(vfs, *call, (*call)->files().root, path.get(), LastLink::follow);
    auto found = co_await walking;
    if (!found) co_return found.error();
    const FileSystemKind *kind = vfs.state.kinds.of_type(type);
    MountOrder order{.kind = kind,
                     .server = kind->server,
                     .call = {},
                     .covered = {std::move(*found), {}},
                     .driver = {},
                     .major = 0,
                     .minor = 0,
                     .flags = 0,
                     .options = options};
    auto mounting = mount_file_system(vfs, std::move(order));
    co_return co_await mounting;
}

}  // namespace

sef::Task boot(Vfs &vfs) {
    const FileSystemKind *kind = vfs.state.kinds.of_type("ext2");
    MountOrder order{.kind = kind,
                     .server = kind->server,
                     .call = {},
                     .covered = {},
                     .driver = Label::cut("memory"),
                     .major = device::major_ram_disk,
                     .minor = 0,
                     .flags = 0,
                     .options = {}};
    auto mounting = mount_file_system(vfs, std::move(order));
    const Status mounted = co_await mounting;
    if (!mounted && mounted.error() == Error::no_memory) sys::panic("too little memory to mount the root file system");
    if (!mounted) sys::panic("cannot mount the root file system: error %d", static_cast<int>(mounted.error()));
    if (!make_system_view(vfs)) sys::panic("no memory at boot");
    auto temporary = mount_at(vfs, "/tmp", "tmpfs", "mode=1777");
    const Status tmp = co_await temporary;
    if (!tmp) sys::log("no tmpfs on /tmp: error %d", static_cast<int>(tmp.error()));
    auto processes = mount_at(vfs, "/proc", "proc", {});
    const Status proc = co_await processes;
    if (!proc) sys::log("no procfs on /proc: error %d", static_cast<int>(proc.error()));
    vfs.state.root_ready = true;
    vfs.root_mounted.signal_all();
}

}  // namespace axo::vfs
