// Directories that are open: what is in them, and their fsync.
#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/file_io.hpp"

namespace axo::vfs {
namespace {

sef::Async<Outcome> read_entries(Ref<Call> call, Ref<OpenFile> file, std::uint64_t bytes, Cursor cursor) {
    const Endpoint server = file->vnode->server();
    auto buffer = sys::Grant::magic(server, call->endpoint(), call->address(1), bytes, sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    const fs::ReadDirectory request{file->vnode->inode, cursor.offset(), bytes, buffer->id(), file->access_time()};
    const auto answer = co_await sef::request(server, request);
    node_changed(*file->vnode, answer);
    if (!answer) co_return error_for_user(*call, answer.error());
    if (answer->bytes > bytes) co_return Error::io;
    cursor.move_to(answer->next_offset);
    co_return static_cast<std::int64_t>(answer->bytes);
}

Outcome transfer(Vfs &, Call &, OpenFile &, Position) { return Error::is_directory; }

Outcome list(Vfs &vfs, Call &call, OpenFile &file) {
    static constexpr std::uint64_t enough = 65536;
    std::uint64_t bytes = static_cast<std::uint32_t>(call.argument(2));
    if (bytes > enough) bytes = enough;
    TRY(prepare_buffer(call, call.address(1), bytes, sys::RangeAccess::write));
    if (file.position_busy) return wait_for_position(vfs, call, file);
    return vfs.drive(call, read_entries(Ref<Call>(&call), Ref<OpenFile>(&file), bytes, Cursor(file)));
}

Outcome sync(Vfs &vfs, Call &call, OpenFile &file) {
    return vfs.drive(call, sync_inode(Ref<Call>(&call), file.vnode, file.vnode->inode));
}

}  // namespace

const FileOperations directory_operations{
    .read = transfer, .write = transfer, .seek = seek_by_size, .list = list, .sync = sync};

}  // namespace axo::vfs
