// The life of a service, from its start to its removal, told by one coroutine. Handlers only note what came (a death, a
// ready message, a wish) and tell it the news; it alone changes what the service is.
#include "lib/sys/clock.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {
constexpr Error over = Error::no_process;  // the life has ended
}

void Server::tell_news(const Service &service) { news_[state_.services.index_of(service)].signal_all(); }

/// The next thing that happened, or an RS period without any.
sef::Async<Status> Server::news(Service *service) {
    auto waiting = news_[state_.services.index_of(*service)].wait();
    co_await waiting;
    co_return Status{};
}

sef::Task Server::live(Service *service) {
    Status alive{};
    if (service->phase == Phase::initialising) {
        auto starting = first_start(service);
        alive = co_await starting;
    }
    while (alive) {
        auto living = live_on(service);
        alive = co_await living;
    }
    finish(*service);
}

/// Ends with a running service, or with nothing left of it.
sef::Async<Status> Server::first_start(Service *service) {
    const Nanoseconds began = sys::now();
    service->watch.start(began);
    auto starting = start_next(service, InitKind::fresh);
    const Status started = co_await starting;
    const auto reason = started ? service::Reason::start : service::Reason::init_failed;
    service::Event &event = state_.events.add(*service, reason, sys::now());
    event.before = endpoint::none;
    event.duration_ns = (sys::now() - began).value;
    event.status = static_cast<std::int32_t>(to_wire(started));
    service->watch.write_to(event);
    if (!started) {
        auto forgetting = forget(service);
        static_cast<void>(co_await forgetting);
    }
    answer(*service, started);
    co_return started;
}

/// One step of a life: a death, a wish, or waiting for either. Errors: the service is to be removed.
sef::Async<Status> Server::live_on(Service *service) {
    if (service->wish == Wish::down) {
        auto ending = end(service);
        static_cast<void>(co_await ending);
        co_return over;
    }
    if (service->dead()) {
        if (service->wish == Wish::restart) {
            service->failures = 0;
            auto reviving = revive(service, UseScript::no);
            static_cast<void>(co_await reviving);
            co_return Status{};
        }
    } else if (service->active.dead) {
        auto reviving = revive(service, UseScript::yes);
        static_cast<void>(co_await reviving);
        co_return Status{};
    } else if (service->wish == Wish::refresh) {
        service->reason = service::Reason::refresh;
        auto stopping = stop(service);
        static_cast<void>(co_await stopping);
        co_return Status{};
    } else if (service->wish == Wish::update) {
        auto updating = update(service);
        const Status updated = co_await updating;
        answer(*service, updated);
        co_return Status{};
    }
    auto waiting = news(service);
    co_return co_await waiting;
}

/// Of `down`: the process, if there is one, is told to end; then all that names the service goes.
sef::Async<Status> Server::end(Service *service) {
    const Nanoseconds began = sys::now();
    service->reason = service::Reason::down;
    auto stopping = stop(service);
    static_cast<void>(co_await stopping);
    service::Event &event = state_.events.add(*service, service::Reason::down, sys::now());
    event.after = endpoint::none;
    event.duration_ns = (sys::now() - began).value;
    auto forgetting = forget(service);
    static_cast<void>(co_await forgetting);
    answer(*service, Status{});
    co_return Status{};
}

/// The entry is free again. Whoever still waits hears that the service is gone.
void Server::finish(Service &service) {
    answer(service, Error::dead_peer);
    discard(service.next);
    discard(service.active);
    state_.images.release(service.image);
    state_.services.remove(service);
}

void Server::answer(Service &service, const Status &result) {
    service.wish = Wish::none;
    if (service.caller.owed()) service.caller.answer(user_result(result));
    if (service.control.owed()) service.control.status(result);
}

/// `refresh` and `restart` are answered at once, the others when they have ended.
void Server::grant_wish(Service &service, Wish wish) {
    service.wish = wish;
    if (wish == Wish::refresh || wish == Wish::restart) {
        answer(service, Status{});
        service.wish = wish;
    }
    tell_news(service);
}

std::int64_t user_result(const Status &status) {
    constexpr std::int64_t linux_restart = -85, linux_owner_dead = -130;  // ERESTART, EOWNERDEAD
    if (status) return 0;
    switch (status.error()) {
        case Error::service_restarted: return linux_restart;
        case Error::dead_peer: return linux_owner_dead;
        case Error::call_denied: return to_wire(Error::not_permitted);
        default: return to_wire(status.error());
    }
}

}  // namespace axo::rs
