// The place where something is mounted: whether it may be, from when on, and until when.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

struct MountPlace {
    Path path;
    Ref<Vnode> directory;  // a file lies in it; null for a directory, which has ".."
};

/// Whether something with this mode may be mounted there. Errors: not_directory (one is a directory and the other is
/// not), busy (it is the root of a mount, or something is mounted there: one mount at a place).
Status check_place(const Path &place, std::uint32_t shown_mode);

/// Tells the file system below, then puts the mount into the tree. `call`: whose caller may die meanwhile, or
/// null. All three must live until the end. Errors: busy (another mount was quicker), io (a file system died),
/// interrupted (the caller did), those of the file system below.
sef::Async<Status> attach_at(Mount *mount, const MountPlace *where, const Call *call);

/// Nothing is mounted at `place` any more: its file system hears of the last. Nobody waits for it.
void clear_place(const Path &place);

}  // namespace axo::vfs
