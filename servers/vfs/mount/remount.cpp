// Other flags for what is mounted already.
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

bool has_writers(Vfs &vfs, const FileSystem &file_system) {
    for (const OpenFile &file : vfs.state.files.all()) {
        if (file.vnode->file_system.get() == &file_system && file.writes_there()) return true;
    }
    return false;
}

/// To read only: first nobody begins to write, then the file system writes out.
sef::Async<Status> let_change(Vfs &vfs, FileSystem *file_system, bool read_only) {
    if (read_only && (file_system->changing != 0 || has_writers(vfs, *file_system))) co_return Error::busy;
    file_system->settling = true;
    const bool before = std::exchange(file_system->read_only, true);
    const fs::Remount request{read_only ? 1u : 0u, 0};
    const auto answer = co_await sef::request(file_system->server, request);
    file_system->settling = false;
    file_system->read_only = answer ? read_only : before;
    if (!answer) co_return answer.error();
    co_return Status{};
}

}  // namespace

sef::Async<Status> remount_file_system(Vfs &vfs, Ref<Mount> mount, std::uint64_t flags) {
    const Ref<FileSystem> file_system = mount->file_system;
    if (file_system->settling || mount->leaving || file_system->gone) co_return Error::busy;
    const bool read_only = (flags & mount_flag::read_only) != 0;
    if (read_only != file_system->read_only) {
        auto changing = let_change(vfs, file_system.get(), read_only);
        const Status changed = co_await changing;
        if (!changed) co_return changed;
    }
    mount->flags = flags;
    co_return Status{};
}

}  // namespace axo::vfs
