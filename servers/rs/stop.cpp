// Bringing a service to an end (ref 3.7): SIGTERM first; who is still there after two seconds is killed.
#include "axo/ds_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {
constexpr int signal_kill = 9, signal_term = 15;
}

/// Returns when the process is dead; at once if there is none.
sef::Async<Status> Server::stop(Service *service) {
    if (service->dead() || service->active.dead || !service->active.exists()) co_return Status{};
    service->phase = Phase::stopping;
    const SignalReceived term{static_cast<std::uint32_t>(signal_term), 0};
    static_cast<void>(sef::tell(service->active.endpoint, term));
    const Nanoseconds limit = sys::now() + policy::stop_limit;
    bool killed = false;
    while (!service->active.dead) {
        if (!killed && sys::now() >= limit) killed = sys::kill(service->active.endpoint, signal_kill).has_value();
        auto waiting = news(service);
        static_cast<void>(co_await waiting);
    }
    co_return Status{};
}

/// DS forgets the label and what its owner left there.
sef::Async<Status> Server::forget(Service *service) {
    ds::DropLabel drop{};
    put_text(drop.label, service->label);
    const auto dropped = co_await sef::request(endpoint::ds, drop);
    if (!dropped) co_return dropped.error();
    co_return Status{};
}

}  // namespace axo::rs
