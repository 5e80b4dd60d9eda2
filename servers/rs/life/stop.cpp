// Bringing a service to an end (ref 3.7): SIGTERM first; who is still there after two seconds is killed.
#include "axo/ds_protocol.hpp"
#include "axo/signal.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/rs/life/life.hpp"
#include "servers/rs/service/policy.hpp"

namespace axo::rs {

/// Returns when the process is dead; at once if there is none.
sef::Async<Status> Life::stop(Service *service) {
    if (service->dead() || service->active.dead || !service->active.exists()) co_return Status{};
    service->phase = Phase::stopping;
    const SignalReceived term{static_cast<std::uint32_t>(signal::term), 0};
    static_cast<void>(sef::tell(service->active.endpoint, term));
    Work &work = service->work;
    work.enter(service::Step::end, sys::now() + policy::stop_limit);
    while (!service->active.dead) {
        if (!work.killed && sys::now() >= work.until) {
            work.killed = sys::kill(service->active.endpoint, signal::kill).has_value();
            if (work.killed) work.step = service::Step::kill;
        }
        co_await news_.of(*service);
    }
    work.enter(service::Step::none);
    co_return Status{};
}

/// DS forgets the label and what its owner left there.
sef::Async<Status> Life::forget(Service *service) {
    service->work.enter(service::Step::forget);
    ds::DropLabel drop{};
    put_text(drop.label, service->label);
    const auto dropped = co_await sef::request(endpoint::ds, drop);
    service->work.enter(service::Step::none);
    if (!dropped) co_return dropped.error();
    co_return Status{};
}

}  // namespace axo::rs
