// Advisory locks: fcntl ranges and flock.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// F_GETLK, F_SETLK, F_SETLKW and the F_OFD_ ones with the struct flock at argument 2.
/// Errors: again (taken), deadlock, bad_descriptor (wrong open mode), invalid, overflow, no_memory, fault.
Outcome lock_range(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t command);

/// A table lets go of all its files, or of those that exec closes: its range locks on them end.
enum class Descriptors : std::uint32_t { all, closed_by_exec };
void drop_range_locks(Vfs &vfs, const DescriptorTable &table, Descriptors which);

/// Ends all locks of this owner on the file and lets those that wait try again.
void drop_locks(Vfs &vfs, Vnode &vnode, LockOwner owner);

}  // namespace axo::vfs
