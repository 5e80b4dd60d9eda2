// See pipe_io.hpp.
#include "servers/vfs/pipe/pipe_io.hpp"

#include "axo/signal.hpp"
#include "lib/base/owned.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/ioctl_code.hpp"
#include "servers/vfs/file/poll.hpp"

namespace axo::vfs {
namespace {

/// One contiguous piece of the ring to user memory, or from it.
Status move_piece(Call &call, Pipe &pipe, PipeRing::Span span, VirtAddr address, bool to_user) {
    std::byte *in_ring = pipe.at(span.offset);
    if (to_user) return copy_out(call, address, in_ring, span.bytes);
    return copy_in(call, address, in_ring, span.bytes);
}

/// Moves up to `limit` bytes between the ring and the list from byte `skip` on; counts in `moved`.
/// Errors: fault, absent (after `moved` bytes).
Status move_bytes(Call &call, Pipe &pipe, const IoList &io, std::uint64_t skip, std::uint64_t limit, bool to_user,
                  std::uint64_t &moved) {
    for (const abi::IoVector &part : io.parts()) {
        if (skip >= part.bytes) {
            skip -= part.bytes;
            continue;
        }
        for (std::uint64_t at = skip; at < part.bytes && moved < limit;) {
            const std::uint64_t left = part.bytes - at < limit - moved ? part.bytes - at : limit - moved;
            const PipeRing::Span span = to_user ? pipe.ring.readable(left) : pipe.ring.writable(left);
            if (span.bytes == 0) return {};
            TRY(move_piece(call, pipe, span, VirtAddr{part.address + at}, to_user));
            if (to_user) {
                pipe.ring.consumed(span.bytes);
            } else {
                pipe.ring.produced(span.bytes);
            }
            at += span.bytes;
            moved += span.bytes;
        }
        skip = 0;
    }
    return {};
}

void raise_pipe_signal(const Call &call) {
    const pm::SignalProcess signal{call.endpoint(), signal::pipe};
    static_cast<void>(sef::tell(endpoint::pm, signal));
}

Outcome finished(Call &call) { return static_cast<std::int64_t>(call.progress); }

}  // namespace

Result<Pipe *> Pipe::create() {
    void *storage = TRY(arena_heap().allocate(pipe_bytes));
    Result<Pipe *> pipe = axo::create<Pipe>(arena_heap(), static_cast<std::byte *>(storage));
    if (!pipe) arena_heap().free(storage);
    return pipe;
}

namespace {

Outcome read_pipe(Vfs &vfs, Call &call, OpenFile &file, Position position) {
    if (position.own) return Error::illegal_seek;
    const IoList &io = call.io;
    Pipe &pipe = *file.vnode->pipe;
    if (io.total() == 0) return 0;
    if (pipe.ring.empty()) {
        if (pipe.writers == 0) return 0;
        if (file.nonblocking()) return Error::again;
        return vfs.wait_on(call, WaitKind::pipe_read, pipe.blocked_readers);
    }
    std::uint64_t moved = 0;
    const Status result = move_bytes(call, pipe, io, 0, io.total(), true, moved);
    if (moved == 0) return result.error();
    vfs.wake_all(pipe.blocked_writers);
    vfs.changed(pipe.watch);
    return static_cast<std::int64_t>(moved);
}

Outcome write_pipe(Vfs &vfs, Call &call, OpenFile &file, Position position) {
    if (position.own) return Error::illegal_seek;
    const IoList &io = call.io;
    Pipe &pipe = *file.vnode->pipe;
    if (io.total() == 0) return 0;
    if (pipe.readers == 0) {
        if (call.progress != 0) return finished(call);
        raise_pipe_signal(call);
        return Error::broken_pipe;
    }
    const std::uint64_t left = io.total() - call.progress;
    // A short write is kept whole even if a signal cuts the rest off, so it is judged by its full length.
    const bool atomic = io.total() <= pipe_atomic;
    const std::uint32_t accepted = atomic
                                       ? pipe.ring.accepts(left)
                                       : static_cast<std::uint32_t>(pipe.ring.room() < left ? pipe.ring.room() : left);
    std::uint64_t moved = 0;
    const Status result = move_bytes(call, pipe, io, call.progress, accepted, false, moved);
    call.progress += moved;
    if (moved != 0) {
        vfs.wake_all(pipe.blocked_readers);
        vfs.changed(pipe.watch);
    }
    if (!result) {
        if (call.progress != 0 && result.error() != Error::absent) return finished(call);
        return result.error();
    }
    if (call.progress == io.total()) return finished(call);
    if (file.nonblocking()) return call.progress != 0 ? finished(call) : Outcome(Error::again);
    return vfs.wait_on(call, WaitKind::pipe_write, pipe.blocked_writers);
}

/// Of the machine's memory an eighth may lie in pipes before only root makes another one.
bool has_room_for_pipe(const Vfs &vfs) {
    constexpr std::uint64_t divisor = 8, least = 64;
    const auto machine = sys::machine_info();
    const std::uint64_t most = machine ? machine->memory_bytes / divisor / pipe_bytes : least;
    return vfs.state.pipes < (most < least ? least : most);
}

}  // namespace

Status attach_pipe(Vfs &vfs, OpenFile &file, const Credentials &who) {
    Vnode &vnode = *file.vnode;
    const bool no_reader = vnode.pipe == nullptr || vnode.pipe->readers == 0;
    if (vnode.file_system && !file.readable() && file.nonblocking() && no_reader) return Error::no_device_address;
    if (vnode.pipe == nullptr) {
        if (!who.is_root() && !has_room_for_pipe(vfs)) return Error::table_full;
        vnode.pipe = TRY(Pipe::create());
        ++vfs.state.pipes;
    }
    Pipe &pipe = *vnode.pipe;
    file.kind = FileKind::pipe;
    if (file.readable()) {
        ++pipe.readers;
        ++pipe.reader_opens;
    }
    if (file.writable()) {
        ++pipe.writers;
        ++pipe.writer_opens;
    }
    vfs.wake_all(pipe.blocked_opens);
    return {};
}

void detach_pipe(Vfs &vfs, OpenFile &file) {
    Vnode &vnode = *file.vnode;
    Pipe &pipe = *vnode.pipe;
    if (file.readable()) --pipe.readers;
    if (file.writable()) --pipe.writers;
    if (pipe.readers == 0 && pipe.writers == 0) {
        vnode.pipe = nullptr;
        --vfs.state.pipes;
        destroy(arena_heap(), &pipe);
        return;
    }
    if (pipe.readers == 0) vfs.wake_all(pipe.blocked_writers);
    if (pipe.writers == 0) vfs.wake_all(pipe.blocked_readers);
    vfs.changed(pipe.watch);
}

namespace {

std::uint64_t other_end_opens(const OpenFile &file) {
    const Pipe &pipe = *file.vnode->pipe;
    return file.readable() ? pipe.writer_opens : pipe.reader_opens;
}

std::uint32_t events_of(const OpenFile &file) {
    const Pipe &pipe = *file.vnode->pipe;
    std::uint32_t events = 0;
    if (file.readable()) {
        if (!pipe.ring.empty()) events |= abi::poll_in | abi::poll_read_normal;
        if (pipe.writers == 0 && pipe.writer_opens != 0) events |= abi::poll_hang_up;
    }
    if (file.writable()) {
        if (pipe.ring.room() >= pipe_atomic) events |= abi::poll_out | abi::poll_write_normal;
        if (pipe.readers == 0) events |= abi::poll_error;
    }
    return events;
}

Result<std::uint32_t> pipe_poll(Vfs &, Call &call, OpenFile &file, PollItem &item) {
    watch(call, item, file.vnode->pipe->watch);
    return events_of(file);
}

/// The open of a FIFO waits until the other end is there, or was since this open began (`progress` counts its opens).
Outcome fifo_opened(Vfs &vfs, Call &call, OpenFile &file) {
    if (file.nonblocking() || file.readable() == file.writable()) return 0;
    Pipe &pipe = *file.vnode->pipe;
    const std::uint32_t others = file.readable() ? pipe.writers : pipe.readers;
    if (call.waiting == WaitKind::running) call.progress = other_end_opens(file);
    if (others != 0 || other_end_opens(file) != call.progress) return 0;
    return vfs.wait_on(call, WaitKind::fifo_open, pipe.blocked_opens);
}

Outcome pipe_ioctl(Vfs &, Call &call, OpenFile &file, std::uint32_t code) {
    if (code != ioctl_code::input_bytes) return Error::not_tty;
    return put_number(call, file.vnode->pipe->ring.used(), 4);
}

}  // namespace

const FileOperations pipe_operations{
    .is_stream = true,
    .buffer_bytes = pipe_bytes,
    .read = read_pipe,
    .write = write_pipe,
    .ioctl = pipe_ioctl,
    .poll = pipe_poll,
    .opened = fifo_opened,
    .close = detach_pipe,
};

}  // namespace axo::vfs
