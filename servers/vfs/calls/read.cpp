// read, write, pread64, pwrite64, readv, writev, preadv, pwritev, lseek.
#include "axo/layout.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/stat_io.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/file/file_io.hpp"
#include "servers/vfs/file/single_io.hpp"
#include "servers/vfs/pipe/pipe_io.hpp"

namespace axo::vfs {
namespace {

Outcome move_in_file(Vfs &vfs, Call &call, OpenFile &file, IoList io, Direction direction, Position position) {
    std::uint64_t bytes = io.total();
    if (direction == Direction::read) bytes = readable_bytes(file, position.own ? position.offset : file.offset, bytes);
    if (bytes == 0) return 0;
    const auto access = direction == Direction::read ? sys::RangeAccess::write : sys::RangeAccess::read;
    TRY(io.prepare(call, bytes, access));
    if (!position.own && file.position_busy) return vfs.wait_on(call, WaitKind::position, file.position_waiters);
    PositionHold hold = position.own ? PositionHold() : PositionHold(vfs, file);
    return vfs.drive(call, move_file(vfs, Ref<Call>(&call), Ref<OpenFile>(&file), std::move(io), direction,
                                     std::move(hold), position.offset));
}

Outcome move(Vfs &vfs, Call &call, OpenFile &file, IoList io, Direction direction, Position position) {
    const bool reading = direction == Direction::read;
    if (!(reading ? file.readable() : file.writable())) return Error::bad_descriptor;
    switch (file.kind) {
        case FileKind::pipe:
            if (position.own) return Error::illegal_seek;
            return reading ? read_pipe(vfs, call, file, io) : write_pipe(vfs, call, file, io);
        case FileKind::directory: return Error::is_directory;
        case FileKind::path_only: return Error::bad_descriptor;
        case FileKind::character:
            if (io.total() == 0) return 0;
            TRY(io.prepare(call, io.total(), reading ? sys::RangeAccess::write : sys::RangeAccess::read));
            return vfs.drive(call,
                             move_characters(vfs, Ref<Call>(&call), Ref<OpenFile>(&file), std::move(io), direction));
        case FileKind::regular:
        case FileKind::block: return move_in_file(vfs, call, file, std::move(io), direction, position);
    }
    return Error::invalid;
}

Outcome simple(Vfs &vfs, Call &call, Direction direction, Position position) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    const bool allowed = direction == Direction::read ? file->readable() : file->writable();
    if (!allowed) return Error::bad_descriptor;
    const VirtAddr address = call.address(1);
    const std::uint64_t bytes = call.argument(2);
    if (address.value > layout::user_end || bytes > layout::user_end - address.value) return Error::fault;
    if (takes_one_request(call, *file, direction)) {
        const abi::IoVector part{address.value, bytes < abi::io_bytes_max ? bytes : abi::io_bytes_max};
        return move_single(vfs, call, *file, part, direction, position);
    }
    return move(vfs, call, *file, IoList(address, bytes), direction, position);
}

Outcome vectored(Vfs &vfs, Call &call, Direction direction, Position position) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    IoList io = TRY(IoList::from_user(call, call.address(1), call.argument(2)));
    return move(vfs, call, *file, std::move(io), direction, position);
}

constexpr Position at_position{false, 0};

Outcome at_offset(Vfs &vfs, Call &call, Direction direction, Outcome (*how)(Vfs &, Call &, Direction, Position)) {
    const std::uint64_t offset = call.argument(3);
    if (static_cast<std::int64_t>(offset) < 0) return Error::invalid;
    return how(vfs, call, direction, Position{true, offset});
}

/// lseek from the end of a file whose length only the file system knows now.
sef::Async<Outcome> seek_from_end(Vfs &vfs, Ref<OpenFile> file, std::int64_t distance, PositionHold) {
    abi::Stat content;
    auto stating = stat_node(vfs, file->vnode, &content);
    const Status stated = co_await stating;
    if (!stated) co_return stated.error();
    std::int64_t target = 0;
    if (__builtin_add_overflow(content.size, distance, &target)) co_return Error::overflow;
    if (target < 0) co_return Error::invalid;
    file->offset = static_cast<std::uint64_t>(target);
    co_return target;
}

}  // namespace

Outcome call_read(Vfs &vfs, Call &call) { return simple(vfs, call, Direction::read, at_position); }
Outcome call_write(Vfs &vfs, Call &call) { return simple(vfs, call, Direction::write, at_position); }
Outcome call_pread(Vfs &vfs, Call &call) { return at_offset(vfs, call, Direction::read, simple); }
Outcome call_pwrite(Vfs &vfs, Call &call) { return at_offset(vfs, call, Direction::write, simple); }
Outcome call_readv(Vfs &vfs, Call &call) { return vectored(vfs, call, Direction::read, at_position); }
Outcome call_writev(Vfs &vfs, Call &call) { return vectored(vfs, call, Direction::write, at_position); }
Outcome call_preadv(Vfs &vfs, Call &call) { return at_offset(vfs, call, Direction::read, vectored); }
Outcome call_pwritev(Vfs &vfs, Call &call) { return at_offset(vfs, call, Direction::write, vectored); }

Outcome call_lseek(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    if (file->kind == FileKind::pipe || file->kind == FileKind::character) {
        // Terminals can not be moved in; memory devices can, and ignore it.
        if (file->kind == FileKind::pipe || file->major != device::major_memory) return Error::illegal_seek;
        return 0;
    }
    if (file->kind == FileKind::path_only) return Error::bad_descriptor;
    if (file->position_busy) return vfs.wait_on(call, WaitKind::position, file->position_waiters);
    const auto distance = static_cast<std::int64_t>(call.argument(1));
    std::int64_t from = 0;
    switch (static_cast<abi::Whence>(call.argument(2))) {
        case abi::Whence::set: break;
        case abi::Whence::current: from = static_cast<std::int64_t>(file->offset); break;
        case abi::Whence::end:
            if (file->kind == FileKind::regular && !size_is_known(*file->vnode)) {
                return vfs.drive(call, seek_from_end(vfs, Ref<OpenFile>(file), distance, PositionHold(vfs, *file)));
            }
            from = static_cast<std::int64_t>(file->vnode->size);
            break;
        default: return Error::invalid;
    }
    std::int64_t target = 0;
    if (__builtin_add_overflow(from, distance, &target)) return Error::overflow;
    if (target < 0) return Error::invalid;
    file->offset = static_cast<std::uint64_t>(target);
    return target;
}

}  // namespace axo::vfs
