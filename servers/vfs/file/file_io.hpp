// Reading, writing and cutting regular files at their file system.
#pragma once

#include "servers/vfs/device/device_io.hpp"

namespace axo::vfs {

/// How many of `wanted` bytes can be there to read at `offset`: spares a request at the end of a file.
std::uint64_t readable_bytes(const OpenFile &file, std::uint64_t offset, std::uint64_t wanted);

/// Moves bytes between a regular file or block device and user memory that was prepared. Unless
/// own_offset, the file's position was made busy by the caller; it is moved and released here.
/// Errors: io, no_space, file_too_big, fault.
sef::Async<Outcome> move_file(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, IoList io, Direction direction,
                              bool own_offset, std::uint64_t offset);

/// The next call that waits for the position may go on.
void release_position(Vfs &vfs, OpenFile &file);

/// Reads into our own memory. Errors: io, is_directory.
sef::Async<Outcome> read_own(Ref<Vnode> vnode, std::uint64_t offset, std::byte *buffer, std::uint64_t bytes);

/// Errors: io, no_space, file_too_big.
sef::Async<Status> truncate_file(Vfs &vfs, Ref<Call> call, Ref<Vnode> vnode, std::uint64_t size);

/// Tells VM that cached pages from `offset` on are out of date; bytes 0: to the end.
sef::Async<Status> content_changed(Ref<Vnode> vnode, std::uint64_t offset, std::uint64_t bytes);

/// A write by anybody but root takes the set-id bits away.
sef::Async<Status> drop_set_id(Ref<Call> call, Ref<Vnode> vnode);

}  // namespace axo::vfs
