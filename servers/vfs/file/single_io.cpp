// See single_io.hpp.
#include "servers/vfs/file/single_io.hpp"

#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/file_io.hpp"

namespace axo::vfs {
namespace {

sef::Task read_file(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Position position) {
    vfs.begin_work(*call);
    Vnode &vnode = *file->vnode;
    const Endpoint server = vnode.id.file_system;
    Outcome outcome = Error::no_memory;
    if (auto buffer =
            sys::Grant::magic(server, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::write)) {
        const fs::Read request{vnode.id.inode, position.offset, part.bytes, buffer->id(), 0};
        const auto answer = co_await sef::request(server, request);
        node_changed(vnode, answer);
        outcome = answer ? Outcome(static_cast<std::int64_t>(answer->bytes)) : error_for_user(*call, answer.error());
    }
    if (!position.own) {
        if (outcome) file->offset = position.offset + static_cast<std::uint64_t>(*outcome);
        release_position(vfs, *file);
    }
    vfs.finish_work(*call, outcome);
}

/// Reads through our own memory, and keeps what was read.
sef::Task read_and_keep(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Position position) {
    vfs.begin_work(*call);
    Vnode &vnode = *file->vnode;
    Outcome outcome = Error::no_memory;
    if (ScratchBuffer data(part.bytes); data) {
        const std::uint64_t content_changes = vnode.content_changes;
        auto reading = read_own(file->vnode, position.offset, data.data(), part.bytes);
        outcome = co_await reading;
        if (outcome) {
            const auto bytes = static_cast<std::uint64_t>(*outcome);
            if (vnode.content_changes == content_changes) {
                vfs.state.vnodes.pieces().keep(vnode, position.offset, data.data(), bytes, content_changes);
            }
            auto delivering = deliver(call, VirtAddr{part.address}, data.data(), bytes);
            const Status delivered = co_await delivering;
            if (!delivered) outcome = delivered.error();
        } else {
            outcome = error_for_user(*call, outcome.error());
        }
    }
    if (!position.own) {
        if (outcome) file->offset = position.offset + static_cast<std::uint64_t>(*outcome);
        release_position(vfs, *file);
    }
    vfs.finish_work(*call, outcome);
}

sef::Task write_file(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Position position) {
    vfs.begin_work(*call);
    Vnode &vnode = *file->vnode;
    const Endpoint server = vnode.id.file_system;
    Outcome outcome = Error::no_memory;
    if (auto buffer =
            sys::Grant::magic(server, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::read)) {
        const std::uint32_t append = (file->flags & abi::open_append) != 0 ? 1 : 0;
        const fs::Write request{vnode.id.inode, position.offset, part.bytes, buffer->id(), append};
        ContentChange change(file->vnode);
        const auto answer = co_await sef::request(server, request);
        change.answered(answer, answer ? answer->size : 0);
        if (answer) {
            position.offset = answer->offset_after;
            outcome = static_cast<std::int64_t>(answer->bytes);
        } else {
            outcome = error_for_user(*call, answer.error());
        }
    }
    if (outcome && vnode.vm_holds != 0) {
        const auto written = static_cast<std::uint64_t>(*outcome);
        auto telling = content_changed(file->vnode, position.offset - written, written);
        static_cast<void>(co_await telling);
    }
    if (!position.own) {
        file->offset = position.offset;
        release_position(vfs, *file);
    }
    vfs.finish_work(*call, outcome);
}

/// What the driver's answer means to the user.
template <typename Reply>
Outcome outcome_of(const Call &call, OpenFile &file, const Result<Reply> &answer, std::uint64_t wanted) {
    if (!answer) return error_for_user(call, answer.error());
    if (answer->bytes > wanted) return Error::io;
    file.offset += answer->bytes;
    return static_cast<std::int64_t>(answer->bytes);
}

sef::Task read_characters(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part) {
    vfs.begin_work(*call);
    Outcome outcome = Error::no_memory;
    if (auto buffer =
            sys::Grant::magic(file->driver, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::write)) {
        const std::uint32_t flags = file->nonblocking() ? device::open_flag::nonblock : 0;
        const device::Read request{file->minor, flags, file->offset, part.bytes, buffer->id(), 0};
        DriverRequest<device::Read> asking(*call, file->driver, request);
        const auto answer = co_await asking;
        outcome = outcome_of(*call, *file, answer, part.bytes);
    }
    vfs.finish_work(*call, outcome);
}

sef::Task write_characters(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part) {
    vfs.begin_work(*call);
    Outcome outcome = Error::no_memory;
    if (auto buffer =
            sys::Grant::magic(file->driver, call->endpoint(), VirtAddr{part.address}, part.bytes, sys::Access::read)) {
        const std::uint32_t flags = file->nonblocking() ? device::open_flag::nonblock : 0;
        const device::Write request{file->minor, flags, file->offset, part.bytes, buffer->id(), 0};
        DriverRequest<device::Write> asking(*call, file->driver, request);
        const auto answer = co_await asking;
        outcome = outcome_of(*call, *file, answer, part.bytes);
    }
    vfs.finish_work(*call, outcome);
}

sef::Task start_reading(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, abi::IoVector part, Position position) {
    const bool keep = ReadCache::worth_keeping(*file->vnode, position.offset, part.bytes);
    return keep ? read_and_keep(vfs, std::move(call), std::move(file), part, position)
                : read_file(vfs, std::move(call), std::move(file), part, position);
}

Outcome started(const sef::Task &task) { return task.started() ? answered_later : Error::no_memory; }

sys::RangeAccess access_for(Direction direction) {
    return direction == Direction::read ? sys::RangeAccess::write : sys::RangeAccess::read;
}

Outcome move_characters_once(Vfs &vfs, Call &call, OpenFile &file, abi::IoVector part, Direction direction) {
    if (part.bytes == 0) return 0;
    TRY(prepare_buffer(call, VirtAddr{part.address}, part.bytes, access_for(direction)));
    if (file.stale) return Error::io;
    Ref<Call> who(&call);
    Ref<OpenFile> what(&file);
    if (direction == Direction::read) return started(read_characters(vfs, std::move(who), std::move(what), part));
    return started(write_characters(vfs, std::move(who), std::move(what), part));
}

}  // namespace

bool takes_one_request(const Call &call, const OpenFile &file, Direction direction) {
    if (file.kind == FileKind::character) return true;
    if (file.kind != FileKind::regular) return false;
    const bool set_id_stays = call.credentials().is_root() || mode_without_set_id(file.vnode->mode) == file.vnode->mode;
    return direction == Direction::read || set_id_stays;
}

Outcome move_single(Vfs &vfs, Call &call, OpenFile &file, abi::IoVector part, Direction direction, Position position) {
    if (file.kind == FileKind::character) return move_characters_once(vfs, call, file, part, direction);
    if (!position.own) position.offset = file.offset;
    if (direction == Direction::read) part.bytes = readable_bytes(file, position.offset, part.bytes);
    if (part.bytes == 0) return 0;
    if (!position.own && file.position_busy) return vfs.wait_on(call, WaitKind::position, file.position_waiters);
    const std::byte *kept = vfs.state.vnodes.pieces().find(*file.vnode, position.offset, part.bytes);
    if (kept != nullptr && direction == Direction::read) {
        TRY(copy_out(call, VirtAddr{part.address}, kept, part.bytes));
        if (!position.own) file.offset = position.offset + part.bytes;
        return static_cast<std::int64_t>(part.bytes);
    }
    TRY(prepare_buffer(call, VirtAddr{part.address}, part.bytes, access_for(direction)));
    if (direction == Direction::write && position.offset > abi::file_size_max - part.bytes) return Error::file_too_big;
    if (!position.own) file.position_busy = true;
    Ref<Call> who(&call);
    Ref<OpenFile> what(&file);
    const Outcome outcome = direction == Direction::read
                                ? started(start_reading(vfs, std::move(who), std::move(what), part, position))
                                : started(write_file(vfs, std::move(who), std::move(what), part, position));
    if (outcome.error() != answered_later && !position.own) release_position(vfs, file);
    return outcome;
}

}  // namespace axo::vfs
