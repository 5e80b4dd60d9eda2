// See mount_place.hpp.
#include "servers/vfs/mount/mount_place.hpp"

#include "servers/vfs/mount/file_request.hpp"

namespace axo::vfs {
namespace {

/// Also by a mount that is leaving.
bool is_taken(const Path &place) {
    if (place.vnode == place.mount->root) return true;
    for (const Mount *there = place->mounted_here; there != nullptr; there = there->next_here)
        if (there->covered.mount == place.mount) return true;
    return false;
}

/// What may have come in the way while the file system below was told.
Status still_possible(const Mount &mount, const Path &place, const Call *call) {
    if (is_taken(place)) return Error::busy;
    if (mount.file_system->gone || !place.mount->in_tree) return Error::io;
    return call != nullptr && call->exited() ? Status{Error::interrupted} : Status{};
}

}  // namespace

Status check_place(const Path &place, std::uint32_t shown_mode) {
    if (abi::is_directory(place->mode) != abi::is_directory(shown_mode)) return Error::not_directory;
    return is_taken(place) ? Status{Error::busy} : Status{};
}

sef::Async<Status> attach_at(Mount *mount, const MountPlace *where, const Call *call) {
    const Path *const place = &where->path;
    if (is_taken(*place)) co_return Error::busy;
    ++(*place)->marks;  // before it is sent: whoever takes a mount away meanwhile does not say that none is left
    const fs::SetMountPoint marking{(*place)->inode, 1};
    const auto marked = co_await sef::request((*place)->server(), marking);
    const Status possible = marked ? still_possible(*mount, *place, call) : Status{marked.error()};
    if (!possible) {
        clear_place(*place);
        co_return possible;
    }
    mount->covered = *place;
    mount->covered_in = where->directory;
    MountTable::attach(*mount);
    co_return Status{};
}

void clear_place(const Path &place) {
    if (--place->marks != 0) return;
    const fs::SetMountPoint clearing{place->inode, 0};
    static_cast<void>(sef::tell(place->server(), clearing));
}

}  // namespace axo::vfs
