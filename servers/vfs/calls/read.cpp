// read, write, pread64, pwrite64, readv, writev, preadv, pwritev, lseek.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {
namespace {

/// The call's file, if it was opened for that.
Result<OpenFile *> file_for(Call &call, Direction direction) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    const bool allowed = direction == Direction::read ? file->readable() : file->writable();
    if (!allowed) return Error::bad_descriptor;
    return file;
}

Outcome move(Vfs &vfs, Call &call, OpenFile &file, Direction direction, Position position) {
    const FileOperations &operations = operations_of(file);
    return direction == Direction::read ? operations.read(vfs, call, file, position)
                                        : operations.write(vfs, call, file, position);
}

Outcome simple(Vfs &vfs, Call &call, Direction direction, Position position) {
    OpenFile *file = TRY(file_for(call, direction));
    TRY(call.io.set(call.address(1), call.argument(2)));
    return move(vfs, call, *file, direction, position);
}

Outcome vectored(Vfs &vfs, Call &call, Direction direction, Position position) {
    OpenFile *file = TRY(file_for(call, direction));
    TRY(call.io.set_from_user(call, call.address(1), call.argument(2)));
    return move(vfs, call, *file, direction, position);
}

constexpr Position at_position{false, 0};

Outcome at_offset(Vfs &vfs, Call &call, Direction direction, Outcome (*how)(Vfs &, Call &, Direction, Position)) {
    const std::uint64_t offset = call.argument(3);
    if (static_cast<std::int64_t>(offset) < 0) return Error::invalid;
    return how(vfs, call, direction, Position{true, offset});
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
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    return operations_of(*file).seek(vfs, call, *file, static_cast<std::int64_t>(call.argument(1)),
                                     static_cast<abi::Whence>(call.argument(2)));
}

}  // namespace axo::vfs
