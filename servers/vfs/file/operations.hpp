// What can be done with an open file, by its kind. A State holds no address of code: the file names its
// kind, and the table is looked up. A new kind (socket, pty, epoll, eventfd) is one table in a file of its own and one
// line in operations.cpp; nothing else in VFS asks what kind a file is.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Where in the file: at its position, or at a place of its own (pread and friends).
struct Position {
    bool own;
    std::uint64_t offset;
};

/// Files that never make anybody wait.
Result<std::uint32_t> always_ready_poll(Vfs &, Call &, OpenFile &, PollItem &);

namespace refuse {
// What a kind answers to what it cannot do.
Outcome transfer(Vfs &, Call &, OpenFile &, Position);
Outcome seek(Vfs &, Call &, OpenFile &, std::int64_t, abi::Whence);
Outcome list(Vfs &, Call &, OpenFile &);
Outcome ioctl(Vfs &, Call &, OpenFile &, std::uint32_t);
Outcome sync(Vfs &, Call &, OpenFile &);
Outcome resize(Vfs &, Call &, OpenFile &, std::uint64_t);
}  // namespace refuse

/// The table of one kind. Each operation may return `absent` before it changed anything, and answered_later where a
/// coroutine or a wait list has the call; a call that waited is issued again, from the start, with `call.progress` as
/// the operation left it. Access mode and descriptor were checked. Attributes are the vnode's and need no operation.
struct FileOperations {
    /// It stands for a name only (O_PATH): nearly every call says bad_descriptor.
    bool only_a_path = false;
    /// VM may map it, sendfile may send from it: it has pages.
    bool has_pages = false;
    /// It has no place to be at: lseek, pread and advice say illegal_seek.
    bool is_stream = false;
    /// How many bytes it can hold between writer and reader (F_GETPIPE_SZ); 0: it is no pipe.
    std::uint32_t buffer_bytes = 0;

    /// Moves bytes to call.io or from it, at the file's position or at its own; how many.
    /// Errors: is_directory, io, no_space, file_too_big, again (O_NONBLOCK), broken_pipe, restart_call (a signal),
    /// illegal_seek, fault.
    Outcome (*read)(Vfs &vfs, Call &call, OpenFile &file, Position position) = refuse::transfer;
    Outcome (*write)(Vfs &vfs, Call &call, OpenFile &file, Position position) = refuse::transfer;
    /// The new position. Errors: illegal_seek, invalid, overflow.
    Outcome (*seek)(Vfs &vfs, Call &call, OpenFile &file, std::int64_t distance, abi::Whence from) = refuse::seek;
    /// getdents64: entries from the position on into the memory of arguments 1 and 2. Errors: not_directory, io, fault.
    Outcome (*list)(Vfs &vfs, Call &call, OpenFile &file) = refuse::list;
    /// Those that VFS answers for every file were answered before. Errors: not_tty (it does not know the code), fault.
    Outcome (*ioctl)(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t code) = refuse::ioctl;
    /// The events that hold now, those that nobody asked for too. In the same step the item is watched: whatever
    /// becomes ready later makes the call look again. While a driver must be asked first it counts in `asking`. Errors:
    /// no_memory.
    Result<std::uint32_t> (*poll)(Vfs &vfs, Call &call, OpenFile &file, PollItem &item) = always_ready_poll;
    /// What was written is on the medium. Errors: invalid (it has none), io.
    Outcome (*sync)(Vfs &vfs, Call &call, OpenFile &file) = refuse::sync;
    /// ftruncate. Errors: invalid, io, no_space.
    Outcome (*resize)(Vfs &vfs, Call &call, OpenFile &file, std::uint64_t size) = refuse::resize;
    /// Writes from VFS's own memory at the position, without ever waiting for a reader; null: it cannot. Errors: as
    /// write.
    sef::Async<Outcome> (*write_own)(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, const std::byte *data,
                                     std::uint64_t bytes) = nullptr;
    /// open may return: 0; or answered_later, and it is asked again. Null: at once.
    Outcome (*opened)(Vfs &vfs, Call &call, OpenFile &file) = nullptr;
    /// The last reference goes. Null: nothing but the vnode to give back. Cannot fail and waits for nobody.
    void (*close)(Vfs &vfs, OpenFile &file) = nullptr;
};

extern const FileOperations path_only_operations, regular_operations, directory_operations, pipe_operations,
    character_operations, block_operations;

namespace detail {
extern const FileOperations *const operations[];
}  // namespace detail

inline const FileOperations &operations_of(const OpenFile &file) {
    return *detail::operations[static_cast<std::size_t>(file.kind)];
}

/// file_of for calls that work on the file itself and not on what it names. Errors: bad_descriptor.
inline Result<OpenFile *> working_file_of(Call &call, std::uint64_t descriptor) {
    OpenFile *file = TRY(file_of(call, descriptor));
    if (operations_of(*file).only_a_path) return Error::bad_descriptor;
    return file;
}

/// lseek in whatever has a size that VFS knows.
Outcome seek_by_size(Vfs &vfs, Call &call, OpenFile &file, std::int64_t distance, abi::Whence from);

}  // namespace axo::vfs
