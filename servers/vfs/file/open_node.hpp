// From a vnode to an open file: what open, creat, exec's console and ExecFirst share.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Opens `what` with O_* flags; permissions were checked. A FIFO is attached to but not waited for.
/// Errors: is_directory, no_device_address, read_only, no_memory, those of the driver or file system.
sef::Async<Result<Ref<OpenFile>>> open_node(Vfs &vfs, Ref<Call> call, Path what, std::uint32_t flags);

/// True for a file or directory that is opened without a request to anybody.
bool opens_at_once(const Vnode &vnode, std::uint32_t flags);
/// Opens such a one. Errors: is_directory, read_only, no_memory.
Result<Ref<OpenFile>> open_at_once(Vfs &vfs, Path what, std::uint32_t flags);

/// want:: bits that open flags ask for.
std::uint32_t wanted_by_flags(std::uint32_t flags);

}  // namespace axo::vfs
