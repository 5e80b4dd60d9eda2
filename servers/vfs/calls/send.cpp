// sendfile: copies from a regular file to anything writable, through a buffer of VFS.
#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/cursor.hpp"
#include "servers/vfs/file/file_io.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint64_t piece_bytes = 32768;

struct SendArguments {
    Ref<OpenFile> to, from;
    VirtAddr offset_at;  // 0: the file's own position
    std::uint64_t bytes;
};

sef::Async<Outcome> send(Vfs &vfs, Ref<Call> call, SendArguments arguments, Cursor cursor) {
    ScratchBuffer buffer(piece_bytes);
    if (!buffer) co_return Error::no_memory;
    std::uint64_t total = 0;
    Outcome failed = 0;
    while (total < arguments.bytes && !call->exited() && !call->cancelled) {
        const std::uint64_t wanted = arguments.bytes - total < piece_bytes ? arguments.bytes - total : piece_bytes;
        auto reading =
            read_own(arguments.from->vnode, cursor.offset(), buffer.data(), wanted, arguments.from->access_time());
        const Outcome got = co_await reading;
        if (!got) failed = error_for_user(*call, got.error());
        if (!got || *got == 0) break;
        auto writing = operations_of(*arguments.to)
                           .write_own(vfs, call, arguments.to, buffer.data(), static_cast<std::uint64_t>(*got));
        const Outcome put = co_await writing;
        if (!put) failed = put;
        if (!put) break;
        cursor.advance(static_cast<std::uint64_t>(*put));
        total += static_cast<std::uint64_t>(*put);
        if (*put < *got) break;
    }
    if (total == 0 && !failed) co_return failed;
    if (total == 0 && call->cancelled) co_return Error::restart_call;
    if (arguments.offset_at.value != 0) {
        const std::uint64_t at = cursor.offset();
        auto delivering = deliver(call, arguments.offset_at, &at, sizeof at);
        const Status delivered = co_await delivering;
        if (!delivered) co_return delivered.error();
    }
    co_return static_cast<std::int64_t>(total);
}

}  // namespace

Outcome call_sendfile(Vfs &vfs, Call &call) {
    OpenFile *to = TRY(file_of(call, call.argument(0)));
    OpenFile *from = call.descriptors()->find(static_cast<std::uint32_t>(call.argument(1)));
    if (from == nullptr) return Error::bad_descriptor;
    if (!to->writable() || !from->readable()) return Error::bad_descriptor;
    // A pipe may make the caller wait; programs fall back to read and write.
    if (!operations_of(*from).has_pages || operations_of(*to).write_own == nullptr) return Error::invalid;
    SendArguments arguments{Ref<OpenFile>(to), Ref<OpenFile>(from), call.address(2), call.argument(3)};
    if (arguments.bytes > abi::io_bytes_max) arguments.bytes = abi::io_bytes_max;
    Position position{arguments.offset_at.value != 0, 0};
    if (position.own) {
        TRY(copy_in(call, arguments.offset_at, &position.offset, sizeof position.offset));
        if (position.offset > abi::file_size_max) return Error::invalid;
    } else if (from->position_busy) {
        return wait_for_position(vfs, call, *from);
    }
    return vfs.drive(call, send(vfs, Ref<Call>(&call), std::move(arguments), Cursor::at(position, *from)));
}

}  // namespace axo::vfs
