// Character devices as open files: bytes go straight between driver and user memory.
#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"

namespace axo::vfs {
namespace {

/// One contiguous part; a later one does not wait once something was moved.
sef::Async<Outcome> move_part(Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Direction direction, bool wait) {
    if (file->stale) co_return Error::io;
    const bool reading = direction == Direction::read;
    auto buffer = sys::Grant::magic(file->driver, call->endpoint(), VirtAddr{part.address}, part.bytes,
                                    reading ? sys::Access::write : sys::Access::read);
    if (!buffer) co_return Error::no_memory;
    const std::uint32_t flags = file->nonblocking() || !wait ? device::open_flag::nonblock : 0;
    std::uint64_t moved = 0;
    if (reading) {
        const device::Read request{file->minor, flags, file->offset, part.bytes, buffer->id(), 0};
        DriverRequest<device::Read> asking(*call, file->driver, request);
        const auto answer = co_await asking;
        if (!answer) co_return error_for_user(*call, answer.error());
        moved = answer->bytes;
    } else {
        const device::Write request{file->minor, flags, file->offset, part.bytes, buffer->id(), 0};
        DriverRequest<device::Write> asking(*call, file->driver, request);
        const auto answer = co_await asking;
        if (!answer) co_return error_for_user(*call, answer.error());
        moved = answer->bytes;
    }
    if (moved > part.bytes) co_return Error::io;
    file->offset += moved;
    co_return static_cast<std::int64_t>(moved);
}

sef::Async<Outcome> move_parts(Ref<Call> call, Ref<OpenFile> file, IoList io, Direction direction) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < io.parts().size(); ++i) {
        const abi::IoVector part = io.parts()[i];
        if (part.bytes == 0) continue;
        auto moving = move_part(call, file, part, direction, total == 0);
        const Outcome moved = co_await moving;
        if (!moved) co_return total != 0 ? Outcome(total) : moved;
        total += *moved;
        if (*moved < static_cast<std::int64_t>(part.bytes)) break;
    }
    co_return total;
}

Outcome move(Vfs &vfs, Call &call, OpenFile &file, IoList &io, Direction direction) {
    if (io.total() == 0) return 0;
    TRY(io.prepare(call, io.total(), access_for(direction)));
    return vfs.drive(call, move_parts(Ref<Call>(&call), Ref<OpenFile>(&file), std::move(io), direction));
}

Outcome read(Vfs &vfs, Call &call, OpenFile &file, IoList &io, Position) {
    return move(vfs, call, file, io, Direction::read);
}

Outcome write(Vfs &vfs, Call &call, OpenFile &file, IoList &io, Position) {
    return move(vfs, call, file, io, Direction::write);
}

/// Terminals can not be moved in; memory devices can, and ignore it.
Outcome seek(Vfs &, Call &, OpenFile &file, std::int64_t, abi::Whence) {
    return file.major == device::major_memory ? Outcome(0) : Outcome(Error::illegal_seek);
}

sef::Async<Outcome> write_own(Vfs &, Ref<Call> call, Ref<OpenFile> file, const std::byte *data, std::uint64_t bytes) {
    if (file->stale) co_return Error::io;
    auto buffer = sys::Grant::direct(file->driver, data, bytes, sys::Access::read);
    if (!buffer) co_return Error::no_memory;
    const device::Write request{file->minor, 0, file->offset, bytes, buffer->id(), 0};
    DriverRequest<device::Write> asking(*call, file->driver, request);
    const auto answer = co_await asking;
    if (!answer) co_return error_for_user(*call, answer.error());
    if (answer->bytes > bytes) co_return Error::io;
    file->offset += answer->bytes;
    co_return static_cast<std::int64_t>(answer->bytes);
}

void close(Vfs &, OpenFile &file) { close_device(file); }

}  // namespace

const FileOperations character_operations{
    .read = read,
    .write = write,
    .seek = seek,
    .ioctl = ioctl_device,
    .write_own = write_own,
    .close = close,
};

}  // namespace axo::vfs
