// Reads and writes, the ones that wait included. The first read in the queue is served first; a
// write is taken in pieces as the output queue has room.
#include "drivers/tty/read_policy.hpp"
#include "drivers/tty/tty.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::tty {

namespace {
constexpr std::size_t write_chunk = 2048;
}

void Tty::read(const device::Read &request, driver::Reply<device::Read> reply) {
    const bool first = state_.reads.empty();
    const bool nonblocking = (request.flags & device::open_flag::nonblock) != 0;
    const bool now = satisfied(line_, request.bytes) || (nonblocking && line_.readable());
    if (request.bytes == 0) return reply.ok({.bytes = 0});
    if (in_background(request)) return reply.fail(Error::background);
    if (first && now) {
        const auto bytes = deliver(reply.caller(), request.buffer, request.bytes);
        if (!bytes) return reply.fail(bytes.error());
        reply.ok({.bytes = *bytes});
        return after_change();  // flow control may have a byte to send
    }
    if (!ends_by_time(request.bytes) && may_not_wait(request, reply, device::poll_event::read_again)) return;
    if (nonblocking) return reply.fail(Error::again);
    state_.reads.add(request, std::move(reply), 0);
    if (first) arm_read_timer();
}

/// A read that cannot be satisfied now ends when VTIME is over, whatever is typed.
bool Tty::ends_by_time(std::uint64_t bytes) const {
    if (line_.canonical()) return false;
    const ReadPolicy policy = read_policy(line_.settings(), bytes);
    return policy.timeout.value != 0 && (!policy.timer_needs_a_byte || line_.readable_bytes() != 0);
}

/// Moves input to the reader: one line in canonical mode, else as much as there is.
Result<std::uint64_t> Tty::deliver(Endpoint to, GrantId buffer, std::uint64_t bytes) {
    std::uint8_t text[InputQueue::limit];
    const std::size_t count = line_.read(std::span(text).first(std::min<std::uint64_t>(bytes, sizeof text)));
    if (count > 0) TRY(sys::safe_copy_to(to, buffer, 0, text, count));
    return count;
}

void Tty::serve_reads() {
    while (!state_.reads.empty() && serve_read(state_.reads.front())) {
        state_.reads.remove_front();
        read_timer_.cancel();
    }
    arm_read_timer();
}

bool Tty::serve_read(driver::PendingTransfer<device::Read> &pending) {
    if (!satisfied(line_, pending.bytes)) return false;
    const auto bytes = deliver(pending.reply.caller(), pending.buffer, pending.bytes);
    if (bytes)
        pending.reply.ok({.bytes = *bytes});
    else
        pending.reply.fail(bytes.error());
    return true;
}

/// VTIME of the first waiting read: from its start, or anew from each byte on.
void Tty::arm_read_timer() {
    if (state_.reads.empty() || line_.canonical()) return read_timer_.cancel();
    const ReadPolicy policy = read_policy(line_.settings(), state_.reads.front().bytes);
    const std::size_t present = line_.readable_bytes();
    if (policy.timeout.value == 0 || (policy.timer_needs_a_byte && present == 0)) return read_timer_.cancel();
    if (read_timer_.active() && (!policy.timer_needs_a_byte || present == timed_bytes_)) return;
    timed_bytes_ = present;
    read_timer_.set(policy.timeout);
}

void Tty::read_timed_out() {
    if (state_.reads.empty()) return;
    auto &pending = state_.reads.front();
    const auto bytes = deliver(pending.reply.caller(), pending.buffer, pending.bytes);
    if (bytes)
        pending.reply.ok({.bytes = *bytes});
    else
        pending.reply.fail(bytes.error());
    state_.reads.remove_front();
    arm_read_timer();
    after_change();
}

void Tty::write(const device::Write &request, driver::Reply<device::Write> reply) {
    if (request.bytes == 0) return reply.ok({.bytes = 0});
    const bool may_stop = line_.settings().has_local(local_flag::stop_background_output);
    if (may_stop && in_background(request)) return reply.fail(Error::background);
    if (!state_.writes.empty() || !line_.output().has_room()) {
        if (may_not_wait(request, reply, device::poll_event::write_again)) return;
    } else if ((request.flags & (device::open_flag::nonblock | device::open_flag::bounded)) != 0) {
        driver::PendingTransfer<device::Write> pending{std::move(reply), request.minor, request.buffer, request.bytes,
                                                       0};
        if (!serve_write(pending)) pending.finish(Error::again);
        return after_change();
    }
    state_.writes.add(request, std::move(reply), 0);
    after_change();
}

void Tty::serve_writes() {
    while (!state_.writes.empty() && serve_write(state_.writes.front())) state_.writes.remove_front();
}

/// True: answered. False: the output queue is full before the write's end.
bool Tty::serve_write(driver::PendingTransfer<device::Write> &pending) {
    while (pending.done < pending.bytes) {
        if (!line_.output().has_room()) return false;
        std::uint8_t text[write_chunk];
        const std::size_t count = std::min<std::uint64_t>(pending.bytes - pending.done, sizeof text);
        const Status copied = sys::safe_copy_from(pending.reply.caller(), pending.buffer, pending.done, text, count);
        if (!copied) {
            pending.finish(copied.error());
            return true;
        }
        pending.done += line_.write(std::span(text).first(count));
    }
    pending.reply.ok({.bytes = pending.done});
    return true;
}

}  // namespace axo::tty
