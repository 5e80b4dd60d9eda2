// Character devices as open files: bytes go straight between driver and user memory. No driver holds a
// request of ours for ever: where it would have to wait it says `again` and reports once when that is over, and until
// then the call is a record on the device's list.
#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/background.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/file/poll.hpp"

namespace axo::vfs {
namespace {

/// How far a call has come in this attempt.
struct Transfer {
    Direction direction;
    std::uint64_t total;  // moved; of a write, in earlier attempts too
    std::uint64_t edges;  // of the device, before the first request
    Status status{};      // what ended it, if not the end of the list
    bool over = false;    // the driver has moved less than it could have: that is all
};

/// A later part of a read does not wait, not even for a while, once something has arrived.
std::uint32_t request_flags(const OpenFile &file, const Transfer &transfer) {
    const bool some = transfer.direction == Direction::read && transfer.total != 0;
    return file.nonblocking() || some ? device::open_flag::nonblock : device::open_flag::bounded;
}

template <typename Reply>
Result<std::uint64_t> moved_of(const Result<Reply> &answer) {
    if (!answer) return answer.error();
    return answer->bytes;
}

void note(Transfer &transfer, OpenFile &file, const Result<std::uint64_t> &moved, std::uint64_t wanted) {
    if (!moved || *moved > wanted) {
        transfer.status = moved ? Error::io : moved.error();
        return;
    }
    transfer.total += *moved;
    file.offset += *moved;
    // A write goes on until the driver says `again`: it may have limits of its own.
    transfer.over = transfer.direction == Direction::read ? *moved < wanted : *moved == 0;
}

/// What the attempt means for the call.
Outcome conclude(Vfs &vfs, Call &call, OpenFile &file, const Transfer &transfer, std::uint64_t wanted) {
    const auto total = static_cast<std::int64_t>(transfer.total);
    const bool writing = transfer.direction == Direction::write;
    const bool would_wait = !transfer.status && transfer.status.error() == Error::again && !file.nonblocking();
    if (would_wait && (writing ? transfer.total < wanted : transfer.total == 0)) {
        Device &device = *file.device;
        call.progress = writing ? transfer.total : 0;
        if (call.cancelled) return total != 0 ? Outcome(total) : Outcome(Error::restart_call);
        if (device.watch.edges != transfer.edges || device.stale) return issue_again;
        if (writing) return vfs.wait_on(call, WaitKind::device_write, device.writers);
        return vfs.wait_on(call, WaitKind::device_read, device.readers);
    }
    if (transfer.status || transfer.total != 0) return total;
    return error_for_user(call, transfer.status.error());
}

/// One attempt by requests of type R: device::Read or device::Write. (Each has its coroutine: a frame with room for
/// both kinds of request would be too large for the heap's quick lists.)
template <Request R>
sef::Task run(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file) {
    vfs.begin_work(*call);
    static constexpr bool reading = std::is_same_v<R, device::Read>;
    Device &device = *file->device;  // the file keeps it
    Transfer transfer{.direction = reading ? Direction::read : Direction::write,
                      .total = call->progress,
                      .edges = device.watch.edges};
    std::uint64_t skip = call->progress;
    Terminal terminal = terminal_of(*call);
    for (abi::IoVector part : call->io.parts()) {
        const std::uint64_t skipped = skip < part.bytes ? skip : part.bytes;
        skip -= skipped;
        part.address += skipped;
        part.bytes -= skipped;
        while (part.bytes != 0 && transfer.status && !transfer.over) {
            if (device.stale) {
                transfer.status = Error::io;
                break;
            }
            auto buffer = sys::Grant::magic(device.driver, call->endpoint(), VirtAddr{part.address}, part.bytes,
                                            reading ? sys::Access::write : sys::Access::read);
            if (!buffer) {
                transfer.status = Error::no_memory;
                break;
            }
            const std::uint64_t before = transfer.total;
            const R request{device.minor,     request_flags(*file, transfer),
                            file->offset,     part.bytes,
                            buffer->id(),     terminal.group,
                            terminal.session, 0};
            DriverRequest<R> asking(*call, device.driver, request);
            const auto answer = co_await asking;
            if (is_error(answer, Error::background) && terminal.group != 0) {
                auto deciding = from_background(call, reading ? stop_signal::input : stop_signal::output);
                transfer.status = co_await deciding;
                terminal.group = 0;
                continue;
            }
            note(transfer, *file, moved_of(answer), part.bytes);
            part.address += transfer.total - before;
            part.bytes -= transfer.total - before;
        }
    }
    vfs.finish_work(*call, conclude(vfs, *call, *file, transfer, call->io.total()));
}

template <Request R>
Outcome move(Vfs &vfs, Call &call, OpenFile &file, Direction direction) {
    if (call.io.total() == 0) return 0;
    TRY(call.io.prepare(call, call.io.total(), access_for(direction)));
    const sef::Task task = run<R>(vfs, Ref<Call>(&call), Ref<OpenFile>(&file));
    if (task.started()) return answered_later;
    return call.progress != 0 ? Outcome(static_cast<std::int64_t>(call.progress)) : Outcome(Error::no_memory);
}

Outcome read(Vfs &vfs, Call &call, OpenFile &file, Position) {
    return move<device::Read>(vfs, call, file, Direction::read);
}

Outcome write(Vfs &vfs, Call &call, OpenFile &file, Position) {
    return move<device::Write>(vfs, call, file, Direction::write);
}

/// Terminals can not be moved in; memory devices can, and ignore it.
Outcome seek(Vfs &, Call &, OpenFile &file, std::int64_t, abi::Whence) {
    return file.device->major == device::major_memory ? Outcome(0) : Outcome(Error::illegal_seek);
}

sef::Async<Outcome> write_own(Vfs &, Ref<Call> call, Ref<OpenFile> file, const std::byte *data, std::uint64_t bytes) {
    const Ref<Device> device = file->device;
    if (device->stale) co_return Error::io;
    auto buffer = sys::Grant::direct(device->driver, data, bytes, sys::Access::read);
    if (!buffer) co_return Error::no_memory;
    const Terminal terminal = terminal_of(*call);
    const device::Write request{device->minor,    device::open_flag::nonblock,
                                file->offset,     bytes,
                                buffer->id(),     terminal.group,
                                terminal.session, 0};
    DriverRequest<device::Write> asking(*call, device->driver, request);
    const auto answer = co_await asking;
    // As with a pipe: whoever must wait, or be stopped, is told to use read and write, which can.
    const bool waits = is_error(answer, Error::again) && !file->nonblocking();
    if (waits || is_error(answer, Error::background)) co_return Error::invalid;
    if (!answer) co_return error_for_user(*call, answer.error());
    if (answer->bytes > bytes) co_return Error::io;
    file->offset += answer->bytes;
    co_return static_cast<std::int64_t>(answer->bytes);
}

// ---- poll -------------------------------------------------------------------------------------------

/// The normal-data bits mean the same as in and out; drivers know only the plain ones.
std::uint32_t asked_of_driver(std::uint16_t events) {
    std::uint32_t asked = events & (abi::poll_in | abi::poll_priority | abi::poll_out);
    if ((events & abi::poll_read_normal) != 0) asked |= abi::poll_in;
    if ((events & abi::poll_write_normal) != 0) asked |= abi::poll_out;
    return asked;
}

std::uint32_t told_to_user(std::uint32_t ready) {
    if ((ready & abi::poll_in) != 0) ready |= abi::poll_read_normal;
    if ((ready & abi::poll_out) != 0) ready |= abi::poll_write_normal;
    return ready;
}

/// Asks the driver, and has it report the next change if nothing is ready. A driver that fails makes the file an error.
sef::Task ask(Vfs &vfs, Ref<Call> call, Ref<Device> device, std::size_t index, std::uint32_t events) {
    const device::Poll question{device->minor, events, 1, 0};
    const auto answer = co_await sef::request(device->driver, question);
    if (call->poll == nullptr) co_return;  // it is over
    PollItem &item = call->poll->items[index];
    item.asking = false;
    item.answered = true;
    item.answer = answer ? answer->ready : abi::poll_error;
    if (--call->poll->asking == 0) vfs.look_again(*call);
}

Result<std::uint32_t> poll(Vfs &vfs, Call &call, OpenFile &file, PollItem &item) {
    Device &device = *file.device;
    if (device.stale) return std::uint32_t{abi::poll_error | abi::poll_hang_up};
    if (item.asking) return 0u;
    const bool up_to_date = item.answered && (item.answer != 0 || item.edges == device.watch.edges);
    if (up_to_date) return told_to_user(item.answer);
    watch(call, item, device.watch);
    item.edges = device.watch.edges;
    item.asking = true;
    ++call.poll->asking;
    const auto index = static_cast<std::size_t>(&item - call.poll->items);
    if (ask(vfs, Ref<Call>(&call), file.device, index, asked_of_driver(item.events)).started()) return 0u;
    item.asking = false;
    --call.poll->asking;
    return Error::no_memory;
}

}  // namespace

const FileOperations character_operations{
    .read = read,
    .write = write,
    .seek = seek,
    .ioctl = ioctl_device,
    .poll = poll,
    .write_own = write_own,
    .close = close_device,
};

}  // namespace axo::vfs
