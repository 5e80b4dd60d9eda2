// Advisory locks: fcntl ranges and flock.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// F_GETLK, F_SETLK, F_SETLKW with the struct flock at argument 2.
/// Errors: again (taken), bad_descriptor (wrong open mode), invalid, no_memory, fault.
Outcome lock_range(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t command);

/// Ends all locks of this owner on the file and lets those that wait try again.
void drop_locks(Vfs &vfs, Vnode &vnode, LockOwner owner);

}  // namespace axo::vfs
