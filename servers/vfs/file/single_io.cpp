// See single_io.hpp.
#include "servers/vfs/file/single_io.hpp"

#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/cursor.hpp"
#include "servers/vfs/file/file_io.hpp"

namespace axo::vfs {
namespace {

/// What the file system's answer means to the user. One that claims more than it was asked for lies.
template <typename Reply>
Outcome outcome_of(const Call &call, const Result<Reply> &answer, std::uint64_t wanted) {
    if (!answer) return error_for_user(call, answer.error());
    if (answer->bytes > wanted) return Error::io;
    return static_cast<std::int64_t>(answer->bytes);
}

sef::Task read_file(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Cursor cursor) {
    vfs.begin_work(*call);
    Vnode &vnode = *file->vnode;
    const Endpoint server = vnode.server();
    Outcome outcome = Error::no_memory;
    if (auto buffer =
            sys::Grant::magic(server, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::write)) {
        const fs::Read request{vnode.inode, cursor.offset(), part.bytes, buffer->id(), file->access_time()};
        const auto answer = co_await sef::request(server, request);
        node_changed(vnode, answer);
        outcome = outcome_of(*call, answer, part.bytes);
        if (outcome) cursor.advance(answer->bytes);
    }
    vfs.finish_work(*call, outcome);
}

/// Reads through our own memory, and keeps what was read.
sef::Task read_and_keep(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Cursor cursor) {
    vfs.begin_work(*call);
    Vnode &vnode = *file->vnode;
    Outcome outcome = Error::no_memory;
    if (ScratchBuffer data(part.bytes); data) {
        const std::uint64_t content_changes = vnode.content_changes;
        auto reading = read_own(file->vnode, cursor.offset(), data.data(), part.bytes, file->access_time());
        outcome = co_await reading;
        if (outcome) {
            const auto bytes = static_cast<std::uint64_t>(*outcome);
            if (vnode.content_changes == content_changes) {
                vfs.state.vnodes.pieces().keep(vnode, cursor.offset(), data.data(), bytes, content_changes,
                                               file->access_time());
            }
            auto delivering = deliver(call, VirtAddr{part.address}, data.data(), bytes);
            const Status delivered = co_await delivering;
            if (!delivered) outcome = delivered.error();
        } else {
            outcome = error_for_user(*call, outcome.error());
        }
    }
    if (outcome) cursor.advance(static_cast<std::uint64_t>(*outcome));
    vfs.finish_work(*call, outcome);
}

sef::Task write_file(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Cursor cursor) {
    vfs.begin_work(*call);
    Vnode &vnode = *file->vnode;
    const Endpoint server = vnode.server();
    Outcome outcome = Error::no_memory;
    if (auto buffer =
            sys::Grant::magic(server, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::read)) {
        const std::uint32_t append = (file->flags & abi::open_append) != 0 ? 1 : 0;
        const fs::Write request{vnode.inode, cursor.offset(), part.bytes, buffer->id(), append};
        ContentChange change(file->vnode);
        const auto answer = co_await sef::request(server, request);
        change.answered(answer, answer ? answer->size : 0);
        outcome = outcome_of(*call, answer, part.bytes);
        if (outcome) { cursor.move_to(answer->offset_after); }
    }
    if (outcome && vnode.vm_holds != 0) {
        const auto written = static_cast<std::uint64_t>(*outcome);
        auto telling = content_changed(file->vnode, cursor.offset() - written, written);
        const Status told = co_await telling;
        report_untold(vnode, told);
    }
    vfs.finish_work(*call, outcome);
}

sef::Task start_reading(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Cursor cursor) {
    const bool keep = ReadCache::worth_keeping(*file->vnode, cursor.offset(), part.bytes);
    return keep ? read_and_keep(vfs, std::move(call), std::move(file), part, std::move(cursor))
                : read_file(vfs, std::move(call), std::move(file), part, std::move(cursor));
}

Outcome started(const sef::Task &task) { return task.started() ? answered_later : Error::no_memory; }

}  // namespace

Outcome move_single(Vfs &vfs, Call &call, OpenFile &file, Direction direction, Position position) {
    abi::IoVector part = call.io.parts()[0];
    const std::uint64_t offset = position.own ? position.offset : file.offset;
    if (direction == Direction::read) part.bytes = readable_bytes(file, offset, part.bytes);
    if (part.bytes == 0) return 0;
    if (!position.own && file.position_busy) return wait_for_position(vfs, call, file);
    if (direction == Direction::read) {
        if (const std::byte *kept =
                vfs.state.vnodes.pieces().find(*file.vnode, offset, part.bytes, file.access_time())) {
            TRY(copy_out(call, VirtAddr{part.address}, kept, part.bytes));
            if (!position.own) file.offset = offset + part.bytes;
            return static_cast<std::int64_t>(part.bytes);
        }
    }
    TRY(prepare_buffer(call, VirtAddr{part.address}, part.bytes, access_for(direction)));
    if (direction == Direction::write && offset > abi::file_size_max - part.bytes) return Error::file_too_big;
    Ref<Call> who(&call);
    Ref<OpenFile> what(&file);
    if (direction == Direction::read)
        return started(start_reading(vfs, std::move(who), std::move(what), part, Cursor::at(position, file)));
    return started(write_file(vfs, std::move(who), std::move(what), part, Cursor::at(position, file)));
}

}  // namespace axo::vfs
