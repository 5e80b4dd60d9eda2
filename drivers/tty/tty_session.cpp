// Opening, and whose terminal it is. A terminal whose session is gone is found out by asking PM for
// the session leader's group, so that a new login gets it even if nobody gave it up.
#include "drivers/tty/tty.hpp"

#include "axo/pm_protocol.hpp"

namespace axo::tty {

Result<device::Open::Reply> Tty::open(const device::Open &request) {
    if (request.minor != minor_serial && request.minor != minor_console) return Error::no_device_address;
    return device::Open::Reply{.minor = request.minor, .became_controlling = 0, .size = 0};
}

void Tty::finish_open(const device::Open &request, const device::Open::Reply &opened,
                      driver::Reply<device::Open> reply) {
    if (request.session == 0 || (request.flags & device::open_flag::no_terminal) != 0) return reply.ok(opened);
    take_at_open(request, opened, std::move(reply));
}

sef::Task Tty::take_at_open(device::Open request, device::Open::Reply opened, driver::Reply<device::Open> reply) {
    auto acquired_later = acquire(request.session, request.group);
    const auto acquired = co_await acquired_later;
    // A terminal that is taken, or PM not answering, is no reason to refuse the open itself.
    opened.became_controlling = acquired && *acquired ? 1 : 0;
    reply.ok(opened);
}

sef::Async<Result<bool>> Tty::acquire(std::uint32_t session, std::uint32_t group) {
    if (state_.jobs.acquire(session, group)) co_return true;
    const std::uint32_t owner = state_.jobs.session();
    pm::SignalGroup question{.group = owner, .signal = 0};
    const auto alive = co_await sef::request(endpoint::pm, question);
    if (alive || alive.error() != Error::no_process) co_return false;
    if (state_.jobs.session() == owner) state_.jobs.release();
    co_return state_.jobs.acquire(session, group);
}

void Tty::close(std::uint32_t minor) {
    state_.reads.finish_minor(minor, Error::io);
    state_.writes.finish_minor(minor, Error::io);
    if (!is_open(minor_serial) && !is_open(minor_console)) line_.flush_input();
}

sef::Task send_signal(std::uint32_t group, unsigned signal) {
    pm::SignalGroup request{.group = group, .signal = signal};
    const auto answer = co_await sef::request(endpoint::pm, request);
    (void)answer;  // a group that is gone needs no signal
}

}  // namespace axo::tty
