// Regular files: content at a file system, pages VM may map.
#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/stat_io.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/file_io.hpp"
#include "servers/vfs/file/ioctl_code.hpp"
#include "servers/vfs/file/single_io.hpp"

namespace axo::vfs {
namespace {

Outcome move_list(Vfs &vfs, Call &call, OpenFile &file, Direction direction, Position position) {
    std::uint64_t bytes = call.io.total();
    if (direction == Direction::read) bytes = readable_bytes(file, position.own ? position.offset : file.offset, bytes);
    if (bytes == 0) return 0;
    TRY(call.io.prepare(call, bytes, access_for(direction)));
    if (!position.own && file.position_busy) return wait_for_position(vfs, call, file);
    return vfs.drive(call, move_file(Ref<Call>(&call), Ref<OpenFile>(&file), direction, Cursor::at(position, file)));
}

Outcome read(Vfs &vfs, Call &call, OpenFile &file, Position position) {
    if (call.io.parts().size() == 1) return move_single(vfs, call, file, Direction::read, position);
    return move_list(vfs, call, file, Direction::read, position);
}

Outcome write(Vfs &vfs, Call &call, OpenFile &file, Position position) {
    const bool set_id_stays = call.credentials().is_root() || mode_without_set_id(file.vnode->mode) == file.vnode->mode;
    if (call.io.parts().size() == 1 && set_id_stays) return move_single(vfs, call, file, Direction::write, position);
    return move_list(vfs, call, file, Direction::write, position);
}

sef::Async<Outcome> write_own(Vfs &, Ref<Call> call, Ref<OpenFile> file, const std::byte *data, std::uint64_t bytes) {
    Ref<Vnode> vnode = file->vnode;
    auto buffer = sys::Grant::direct(vnode->server(), data, bytes, sys::Access::read);
    if (!buffer) co_return Error::no_memory;
    const bool append = (file->flags & abi::open_append) != 0;
    const fs::Write request{vnode->inode, file->offset, bytes, buffer->id(), append ? 1u : 0u};
    ContentChange change(vnode);
    const auto answer = co_await sef::request(vnode->server(), request);
    change.answered(answer, answer ? answer->size : 0);
    if (!answer) co_return error_for_user(*call, answer.error());
    if (answer->bytes > bytes) co_return Error::io;
    file->offset = answer->offset_after;
    auto telling = content_changed(vnode, answer->offset_after - answer->bytes, answer->bytes);
    const Status told = co_await telling;
    report_untold(*vnode, told);
    co_return static_cast<std::int64_t>(answer->bytes);
}

/// From the end of a file whose length only the file system knows now.
sef::Async<Outcome> seek_from_end(Vfs &vfs, Ref<OpenFile> file, std::int64_t distance, Cursor cursor) {
    abi::Stat content;
    auto stating = stat_node(vfs, file->vnode, &content);
    const Status stated = co_await stating;
    if (!stated) co_return stated.error();
    std::int64_t target = 0;
    if (__builtin_add_overflow(content.size, distance, &target)) co_return Error::overflow;
    if (target < 0) co_return Error::invalid;
    cursor.move_to(static_cast<std::uint64_t>(target));
    co_return target;
}

Outcome seek(Vfs &vfs, Call &call, OpenFile &file, std::int64_t distance, abi::Whence from) {
    if (from != abi::Whence::end || size_is_known(*file.vnode)) return seek_by_size(vfs, call, file, distance, from);
    if (file.position_busy) return wait_for_position(vfs, call, file);
    return vfs.drive(call, seek_from_end(vfs, Ref<OpenFile>(&file), distance, Cursor(file)));
}

Outcome ioctl(Vfs &, Call &call, OpenFile &file, std::uint32_t code) {
    if (code != ioctl_code::input_bytes) return Error::not_tty;
    return put_number(call, file.vnode->size > file.offset ? file.vnode->size - file.offset : 0, 4);
}

sef::Async<Outcome> set_size(Vfs &vfs, Ref<Call> call, Ref<Vnode> vnode, std::uint64_t size) {
    auto truncating = truncate_file(vfs, call, std::move(vnode), size);
    const Status truncated = co_await truncating;
    if (!truncated) co_return truncated.error();
    co_return 0;
}

Outcome resize(Vfs &vfs, Call &call, OpenFile &file, std::uint64_t size) {
    return vfs.drive(call, set_size(vfs, Ref<Call>(&call), file.vnode, size));
}

Outcome sync(Vfs &vfs, Call &call, OpenFile &file) {
    return vfs.drive(call, sync_inode(Ref<Call>(&call), file.vnode, file.vnode->inode));
}

}  // namespace

const FileOperations regular_operations{
    .has_pages = true,
    .read = read,
    .write = write,
    .seek = seek,
    .ioctl = ioctl,
    .sync = sync,
    .resize = resize,
    .write_own = write_own,
};

}  // namespace axo::vfs
