// Binding: what is seen in one place is seen in another as well.
#pragma once

#include "servers/vfs/mount/mount_place.hpp"

namespace axo::vfs {

enum class Inner : std::uint32_t { left_out, bound_too };

/// Shows the directory or file `source` at `place` too, with the flags of the mount it is seen in; what is mounted
/// inside is left out or bound too, at the same moment. All or nothing. Errors: invalid (the source is in no tree any
/// more), not_directory (of source and place one is a directory), busy (something is mounted at `place`), table_full,
/// no_memory, interrupted (the caller died), io.
sef::Async<Status> bind_mount(Vfs &vfs, Ref<Call> call, Path source, MountPlace place, Inner inner);

/// Other flags for this mount alone. Errors: busy (a file was opened for writing through it).
Status set_mount_flags(Vfs &vfs, Mount &mount, std::uint64_t flags);

}  // namespace axo::vfs
