// Reading, writing and cutting regular files at their file system.
#pragma once

#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/file/cursor.hpp"

namespace axo::vfs {

/// How many of `wanted` bytes can be there to read at `offset`: spares a request at the end of a file.
std::uint64_t readable_bytes(const OpenFile &file, std::uint64_t offset, std::uint64_t wanted);

/// Moves bytes between a regular file and the call's io list, which was prepared. Errors: io, no_space, file_too_big,
/// fault.
sef::Async<Outcome> move_file(Ref<Call> call, Ref<OpenFile> file, Direction direction, Cursor cursor);

/// Reads into our own memory; by the rule `access_time` (fs_protocol.hpp). Errors: io, is_directory.
sef::Async<Outcome> read_own(Ref<Vnode> vnode, std::uint64_t offset, std::byte *buffer, std::uint64_t bytes,
                             std::uint32_t access_time);

/// Errors: io, no_space, file_too_big.
sef::Async<Status> truncate_file(Vfs &vfs, Ref<Call> call, Ref<Vnode> vnode, std::uint64_t size);

/// What was written of this inode is on the medium; inode 0: of the whole file system. Errors: io.
sef::Async<Outcome> sync_inode(Ref<Call> call, Ref<Vnode> vnode, std::uint64_t inode);

/// Tells VM that cached pages from `offset` on are out of date; bytes 0: to the end.
sef::Async<Status> content_changed(Ref<Vnode> vnode, std::uint64_t offset, std::uint64_t bytes);

/// The write is done and cannot fail any more: that VM was not told is only said in the log.
void report_untold(const Vnode &vnode, const Status &told);

/// A write by anybody but root takes the set-id bits away.
sef::Async<Status> drop_set_id(Ref<Call> call, Ref<Vnode> vnode);

}  // namespace axo::vfs
