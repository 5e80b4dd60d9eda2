// Reading, writing and cutting regular files at their file system.
#pragma once

#include "servers/vfs/device/device_io.hpp"

namespace axo::vfs {

/// How many of `wanted` bytes can be there to read at `offset`: spares a request at the end of a file.
std::uint64_t readable_bytes(const OpenFile &file, std::uint64_t offset, std::uint64_t wanted);

/// The next call that waits for the position may go on.
void release_position(Vfs &vfs, OpenFile &file);

/// A file's position in the hands of one call, which gives it back whatever becomes of it.
class PositionHold {
public:
    PositionHold() = default;  // none: the call has an offset of its own
    PositionHold(Vfs &vfs, OpenFile &file) : vfs_(&vfs), file_(&file) { file.position_busy = true; }
    PositionHold(PositionHold &&other) noexcept : vfs_(other.vfs_), file_(std::move(other.file_)) {}
    PositionHold &operator=(PositionHold &&) = delete;
    ~PositionHold() {
        if (file_) release_position(*vfs_, *file_);
    }
    explicit operator bool() const { return static_cast<bool>(file_); }

private:
    Vfs *vfs_ = nullptr;
    Ref<OpenFile> file_;
};

/// Moves bytes between a regular file or block device and user memory that was prepared. With the position in hand that
/// is where it happens, and it is moved; else at `offset`. Errors: io, no_space, file_too_big, fault.
sef::Async<Outcome> move_file(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, IoList io, Direction direction,
                              PositionHold position, std::uint64_t offset);

/// Reads into our own memory. Errors: io, is_directory.
sef::Async<Outcome> read_own(Ref<Vnode> vnode, std::uint64_t offset, std::byte *buffer, std::uint64_t bytes);

/// Errors: io, no_space, file_too_big.
sef::Async<Status> truncate_file(Vfs &vfs, Ref<Call> call, Ref<Vnode> vnode, std::uint64_t size);

/// Tells VM that cached pages from `offset` on are out of date; bytes 0: to the end.
sef::Async<Status> content_changed(Ref<Vnode> vnode, std::uint64_t offset, std::uint64_t bytes);

/// A write by anybody but root takes the set-id bits away.
sef::Async<Status> drop_set_id(Ref<Call> call, Ref<Vnode> vnode);

}  // namespace axo::vfs
