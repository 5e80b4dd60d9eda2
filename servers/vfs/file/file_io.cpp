// See file_io.hpp.
#include "servers/vfs/file/file_io.hpp"

#include "lib/sys/grants.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/cache/remember.hpp"

namespace axo::vfs {
namespace {

sef::Async<Outcome> read_part(Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, std::uint64_t offset) {
    const Ref<Vnode> vnode = file->vnode;
    const Endpoint server = vnode->server();
    auto buffer = sys::Grant::magic(server, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    const fs::Read request{vnode->inode, offset, part.bytes, buffer->id(), file->access_time()};
    const auto answer = co_await sef::request(server, request);
    node_changed(*vnode, answer);
    if (!answer) co_return error_for_user(*call, answer.error());
    if (answer->bytes > part.bytes) co_return Error::io;
    co_return static_cast<std::int64_t>(answer->bytes);
}

sef::Async<Outcome> write_part(Ref<Call> call, Ref<Vnode> vnode, abi::IoVector part, std::uint64_t *offset,
                               bool append) {
    const Endpoint server = vnode->server();
    auto buffer = sys::Grant::magic(server, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::read);
    if (!buffer) co_return Error::no_memory;
    const fs::Write request{vnode->inode, *offset, part.bytes, buffer->id(), append ? 1u : 0u};
    ContentChange change(vnode);
    const auto answer = co_await sef::request(server, request);
    change.answered(answer, answer ? answer->size : 0);
    if (!answer) co_return error_for_user(*call, answer.error());
    if (answer->bytes > part.bytes) co_return Error::io;
    *offset = answer->offset_after - answer->bytes;
    if (vnode->vm_holds != 0) {
        auto telling = content_changed(vnode, *offset, answer->bytes);
        const Status told = co_await telling;
        report_untold(*vnode, told);
    }
    *offset = answer->offset_after;
    co_return static_cast<std::int64_t>(answer->bytes);
}

sef::Async<Outcome> move_parts(Ref<Call> call, Ref<OpenFile> file, Direction direction, std::uint64_t *offset) {
    const IoList &io = call->io;
    const bool append = (file->flags & abi::open_append) != 0;
    if (direction == Direction::write) {
        if (*offset > abi::file_size_max - io.total()) co_return Error::file_too_big;
        auto dropping = drop_set_id(call, file->vnode);
        const Status dropped = co_await dropping;
        if (!dropped) co_return dropped.error();
    }
    std::int64_t total = 0;
    std::uint64_t left = direction == Direction::read ? readable_bytes(*file, *offset, io.total()) : io.total();
    for (std::size_t i = 0; i < io.parts().size() && left != 0; ++i) {
        abi::IoVector part = io.parts()[i];
        if (part.bytes == 0) continue;
        if (part.bytes > left) part.bytes = left;
        Outcome moved = 0;
        if (direction == Direction::read) {
            auto reading = read_part(call, file, part, *offset);
            moved = co_await reading;
            if (moved) *offset += static_cast<std::uint64_t>(*moved);
        } else {
            auto writing = write_part(call, file->vnode, part, offset, append);
            moved = co_await writing;
        }
        if (!moved) co_return total != 0 ? Outcome(total) : moved;
        total += *moved;
        left -= part.bytes;
        if (*moved < static_cast<std::int64_t>(part.bytes)) break;
    }
    co_return total;
}

}  // namespace

std::uint64_t readable_bytes(const OpenFile &file, std::uint64_t offset, std::uint64_t wanted) {
    // Files that say they are empty may be made on the fly by their file system: those are asked.
    const std::uint64_t size = file.vnode->size;
    if (size == 0 || !size_is_known(*file.vnode)) return wanted;
    if (offset >= size) return 0;
    return wanted < size - offset ? wanted : size - offset;
}

sef::Async<Outcome> move_file(Ref<Call> call, Ref<OpenFile> file, Direction direction, Cursor cursor) {
    std::uint64_t at = cursor.offset();
    auto moving = move_parts(call, file, direction, &at);
    const Outcome moved = co_await moving;
    cursor.move_to(at);
    co_return moved;
}

sef::Async<Outcome> read_own(Ref<Vnode> vnode, std::uint64_t offset, std::byte *buffer, std::uint64_t bytes,
                             std::uint32_t access_time) {
    const Endpoint server = vnode->server();
    auto grant = sys::Grant::direct(server, buffer, bytes, sys::Access::write);
    if (!grant) co_return Error::no_memory;
    const fs::Read request{vnode->inode, offset, bytes, grant->id(), access_time};
    const auto answer = co_await sef::request(server, request);
    node_changed(*vnode, answer);
    if (!answer) co_return answer.error();
    if (answer->bytes > bytes) co_return Error::io;
    co_return static_cast<std::int64_t>(answer->bytes);
}

sef::Async<Status> truncate_file(Vfs &, Ref<Call> call, Ref<Vnode> vnode, std::uint64_t size) {
    auto dropping = drop_set_id(call, vnode);
    const Status dropped = co_await dropping;
    if (!dropped) co_return dropped;
    const fs::Truncate request{vnode->inode, size};
    const std::uint64_t first_changed = size < vnode->size ? size : vnode->size;
    ContentChange change(vnode);
    const auto answer = co_await sef::request(vnode->server(), request);
    change.answered(answer, size);
    if (!answer) co_return error_for_user(*call, answer.error());
    if (vnode->vm_holds == 0) co_return Status{};
    const vm::FileChanged changed{vnode->file_id(), first_changed, 0};  // no frame of its own: the file is cut already
    const auto told = co_await sef::request(endpoint::vm, changed);
    if (!told) co_return told.error();
    co_return Status{};
}

sef::Async<Outcome> sync_inode(Ref<Call> call, Ref<Vnode> vnode, std::uint64_t inode) {
    const fs::Sync request{inode};
    const auto answer = co_await sef::request(vnode->server(), request);
    if (!answer) co_return error_for_user(*call, answer.error());
    co_return 0;
}

sef::Async<Status> content_changed(Ref<Vnode> vnode, std::uint64_t offset, std::uint64_t bytes) {
    if (vnode->vm_holds == 0) co_return Status{};
    const vm::FileChanged request{vnode->file_id(), offset, bytes};
    const auto answer = co_await sef::request(endpoint::vm, request);
    if (!answer) co_return answer.error();
    co_return Status{};
}

void report_untold(const Vnode &vnode, const Status &told) {
    if (!told) sys::log("vm keeps old pages of inode %lu: error %d", vnode.inode, static_cast<int>(told.error()));
}

sef::Async<Status> drop_set_id(Ref<Call> call, Ref<Vnode> vnode) {
    const std::uint32_t kept = mode_without_set_id(vnode->mode);
    if (call->credentials().is_root() || kept == vnode->mode) co_return Status{};
    const fs::ChangeMode request{vnode->inode, kept & abi::permission_bits, 0};
    const auto answer = co_await sef::request(vnode->server(), request);
    node_changed(*vnode, answer);
    if (!answer) co_return error_for_user(*call, answer.error());
    vnode->mode = kept;
    co_return Status{};
}

}  // namespace axo::vfs
