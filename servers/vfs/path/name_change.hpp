// What all calls that add, remove or move a name in a directory check first.
#pragma once

#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {

/// Copies the path and walks to the directory of its last name. Errors: as begin_path and walk_parent.
sef::Async<Result<Place>> place_for_change(Vfs &vfs, Ref<Call> call, std::uint64_t start, VirtAddr address,
                                           PathText *path);

/// `otherwise` if the path ends in "/", "." or "..".
Status must_be_a_name(const Place &place, Error otherwise);

/// Errors: read_only, access.
Status may_change(const Call &call, const Path &directory);

/// What the file system needs to check a sticky directory: the caller's uid, or ~0 for "no check".
std::uint32_t sticky_uid(const Call &call, const Vnode &directory);

}  // namespace axo::vfs
