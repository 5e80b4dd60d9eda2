// Reading and writing block devices as files. Drivers move whole sectors; a bounce buffer of 64 KiB
// lets programs ask for any bytes.
#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/file/cursor.hpp"
#include "servers/vfs/file/ioctl_code.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint64_t sector = 512, bounce_bytes = 65536;

/// Moves whole sectors between the device and our own buffer.
sef::Async<Outcome> transfer(Ref<OpenFile> file, std::byte *buffer, std::uint64_t bytes, std::uint64_t offset,
                             bool write) {
    if (file->device->stale) co_return Error::io;
    auto data = sys::Grant::direct(file->device->driver, buffer, bytes, write ? sys::Access::read : sys::Access::write);
    if (!data) co_return Error::no_memory;
    const device::TransferElement element{data->id(), static_cast<std::uint32_t>(bytes)};
    auto vector = sys::Grant::direct(file->device->driver, &element, sizeof element, sys::Access::read);
    if (!vector) co_return Error::no_memory;
    const device::Transfer request{file->device->minor, write ? 1u : 0u, offset, vector->id(), 1};
    const auto answer = co_await sef::request(file->device->driver, request);
    if (!answer) co_return Error::io;
    co_return static_cast<std::int64_t>(answer->bytes);
}

/// Up to bounce_bytes at `offset`, of which the user's part is `part`.
sef::Async<Outcome> move_piece(Ref<Call> call, Ref<OpenFile> file, std::byte *bounce, abi::IoVector part,
                               std::uint64_t offset, bool write) {
    const std::uint64_t first = offset / sector * sector;
    const std::uint64_t lead = offset - first;
    std::uint64_t bytes = part.bytes < bounce_bytes - lead ? part.bytes : bounce_bytes - lead;
    const std::uint64_t whole = (lead + bytes + sector - 1) / sector * sector;
    const bool partly = lead != 0 || whole != bytes;
    if (!write || partly) {
        auto reading = transfer(file, bounce, whole, first, false);
        const Outcome got = co_await reading;
        if (!got) co_return got;
        if (static_cast<std::uint64_t>(*got) <= lead) co_return 0;
        if (bytes > static_cast<std::uint64_t>(*got) - lead) bytes = static_cast<std::uint64_t>(*got) - lead;
    }
    if (!write) {
        auto delivering = deliver(call, VirtAddr{part.address}, bounce + lead, bytes);
        const Status delivered = co_await delivering;
        if (!delivered) co_return delivered.error();
        co_return static_cast<std::int64_t>(bytes);
    }
    if (const Status copied = copy_in(*call, VirtAddr{part.address}, bounce + lead, bytes); !copied)
        co_return Error::fault;
    auto writing = transfer(file, bounce, (lead + bytes + sector - 1) / sector * sector, first, true);
    const Outcome written = co_await writing;
    if (!written) co_return written;
    if (static_cast<std::uint64_t>(*written) <= lead) co_return Error::no_space;
    co_return static_cast<std::int64_t>(bytes);
}

sef::Async<Outcome> move_blocks(Ref<Call> call, Ref<OpenFile> file, Direction direction, Cursor cursor) {
    const IoList &io = call->io;
    ScratchBuffer bounce(bounce_bytes);
    if (!bounce) co_return Error::no_memory;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < io.parts().size(); ++i) {
        abi::IoVector part = io.parts()[i];
        while (part.bytes != 0) {
            auto moving = move_piece(call, file, bounce.data(), part, cursor.offset(), direction == Direction::write);
            const Outcome moved = co_await moving;
            if (!moved) co_return total != 0 ? Outcome(total) : moved;
            if (*moved == 0) co_return total;
            total += *moved;
            cursor.advance(static_cast<std::uint64_t>(*moved));
            part.address += static_cast<std::uint64_t>(*moved);
            part.bytes -= static_cast<std::uint64_t>(*moved);
        }
    }
    co_return total;
}

Outcome move(Vfs &vfs, Call &call, OpenFile &file, Direction direction, Position position) {
    if (call.io.total() == 0) return 0;
    TRY(call.io.prepare(call, call.io.total(), access_for(direction)));
    if (!position.own && file.position_busy) return wait_for_position(vfs, call, file);
    return vfs.drive(call, move_blocks(Ref<Call>(&call), Ref<OpenFile>(&file), direction, Cursor::at(position, file)));
}

Outcome read(Vfs &vfs, Call &call, OpenFile &file, Position position) {
    return move(vfs, call, file, Direction::read, position);
}

Outcome write(Vfs &vfs, Call &call, OpenFile &file, Position position) {
    return move(vfs, call, file, Direction::write, position);
}

Outcome ioctl(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t code) {
    switch (code) {
        case ioctl_code::block_size64: return put_number(call, file.vnode->size, 8);
        case ioctl_code::block_sectors: return put_number(call, file.vnode->size / sector, 8);
        case ioctl_code::sector_size: return put_number(call, sector, 4);
        default: return ioctl_device(vfs, call, file, code);
    }
}

/// What was written went through to the driver.
Outcome sync(Vfs &, Call &, OpenFile &) { return 0; }

}  // namespace

const FileOperations block_operations{
    .read = read,
    .write = write,
    .seek = seek_by_size,
    .ioctl = ioctl,
    .sync = sync,
    .close = close_device,
};

}  // namespace axo::vfs
