// Other flags for what is mounted already.
#include "servers/vfs/mount/file_system.hpp"
#include "servers/vfs/mount/mount_work.hpp"

namespace axo::vfs {
namespace {

bool has_writers(Vfs &vfs, const Mount &mount) {
    for (const OpenFile &file : vfs.state.files.all()) {
        const bool device = file.kind == FileKind::character || file.kind == FileKind::block;
        if (file.vnode->mount == &mount && file.writable() && !device) return true;
    }
    return false;
}

}  // namespace

/// To read only: first nobody begins to write, then the file system writes out.
sef::Async<Status> remount_file_system(Vfs &vfs, Mount *mount, std::uint64_t flags) {
    if (mount->remounting || mount->leaving || mount->gone) co_return Error::busy;
    const std::uint64_t before = mount->flags;
    const bool to_read_only = (flags & mount_flag::read_only) != 0;
    if (to_read_only != mount->read_only()) {
        if (to_read_only && (mount->changing != 0 || has_writers(vfs, *mount))) co_return Error::busy;
        mount->remounting = true;
        mount->flags |= mount_flag::read_only;
        const fs::Remount request{to_read_only ? 1u : 0u, 0};
        const auto answer = co_await sef::request(mount->file_system, request);
        mount->remounting = false;
        mount->flags = before;
        if (!answer) co_return answer.error();
    }
    mount->flags = flags;
    co_return Status{};
}

}  // namespace axo::vfs
