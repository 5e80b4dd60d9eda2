// What is done next with a service, from its start to its removal.
#include "servers/rs/life/life.hpp"

#include "axo/vfs_protocol.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/clock.hpp"

namespace axo::rs {

/// A deed that fails leaves the service such that the same or another one is found next. What could not even begin, for
/// want of memory, is tried again with the next news.
sef::Task Life::live(Service *service) {
    Status done{};
    for (;;) {
        const policy::Deed deed = policy::next_deed(*service);
        if (deed == policy::Deed::nothing) {
            co_await news_.of(*service);
            continue;
        }
        auto doing = do_it(service, deed);
        done = co_await doing;
        const bool ends = deed == policy::Deed::end || deed == policy::Deed::lose;
        const bool over = ends ? done.has_value() : deed == policy::Deed::start && !done;
        if (over) break;
        if (!done && done.error() == Error::no_memory) co_await news_.of(*service);
    }
    finish(*service, done);
}

sef::Async<Status> Life::do_it(Service *service, policy::Deed deed) {
    switch (deed) {
        case policy::Deed::start: return first_start(service);
        case policy::Deed::end: return end(service);
        case policy::Deed::lose: return lose(service);
        case policy::Deed::revive: return revive(service, UseScript::yes);
        case policy::Deed::restart: service->failures = 0; return revive(service, UseScript::no);
        case policy::Deed::refresh: return refresh(service);
        default: return update(service);
    }
}

/// Ends with a running service, or with nothing left of it.
sef::Async<Status> Life::first_start(Service *service) {
    Work &work = service->work;
    work.kind = InitKind::fresh;
    work.began = sys::now();
    work.watch.start(work.began);
    auto starting = spawner_.start_next(service);
    const Status started = co_await starting;
    const auto reason = started ? service::Reason::start : service::Reason::init_failed;
    service::Event &event = events_.add(*service, reason, sys::now());
    event.before = endpoint::none;
    event.duration_ns = (sys::now() - work.began).value;
    event.status = static_cast<std::int32_t>(to_wire(started));
    work.watch.write_to(event);
    if (started) {
        answer(*service, started);
        co_return started;
    }
    auto forgetting = forget(service);
    static_cast<void>(co_await forgetting);
    co_return started;
}

/// The end that was asked for is followed by a start, as every death is.
sef::Async<Status> Life::refresh(Service *service) {
    service->reason = service::Reason::refresh;
    auto stopping = stop(service);
    co_return co_await stopping;
}

sef::Async<Status> Life::update(Service *service) {
    auto updating = updater_.update(service);
    const Status updated = co_await updating;
    updater_.done();
    answer(*service, updated);
    co_return updated;
}

/// Of `down`: the process, if there is one, is told to end; then all that names the service goes.
sef::Async<Status> Life::end(Service *service) {
    service->work.began = sys::now();
    service->reason = service::Reason::down;
    CO_TRY_VOID(stop(service));
    service::Event &event = events_.add(*service, service::Reason::down, sys::now());
    event.after = endpoint::none;
    event.duration_ns = (sys::now() - service->work.began).value;
    auto forgetting = forget(service);
    static_cast<void>(co_await forgetting);
    co_return Status{};
}

/// A file system died: VFS takes its mount away, and nothing of the service stays.
sef::Async<Status> Life::lose(Service *service) {
    service->work.began = service->died;
    const vfs::ServiceDied news{service->active.endpoint, 0};
    const Status told = sef::tell(endpoint::vfs, news);
    if (!told && told.error() == Error::no_memory) co_return told;
    service::Event &event = events_.add(*service, service->reason, sys::now());
    event.after = endpoint::none;
    event.duration_ns = (sys::now() - service->work.began).value;
    event.signal = service->last_signal;
    put_text(event.text, "its mount goes with it");
    auto forgetting = forget(service);
    static_cast<void>(co_await forgetting);
    co_return Status{};
}

/// The entry is free again. Whoever still waits hears why.
void Life::finish(Service &service, const Status &why) {
    answer(service, why);
    spawner_.discard(service.next);
    spawner_.discard(service.active);
    spawner_.drop_image(service);
    spawner_.images().release(service.image);
    services_.remove(service);
}

void Life::answer(Service &service, const Status &result) {
    service.wish = Wish::none;
    if (service.caller.owed()) service.caller.answer(user_result(result));
    if (service.control.owed()) service.control.status(result);
    if (service.mounting.owed()) {
        if (result)
            service.mounting.ok({service.active.endpoint, 0});
        else
            service.mounting.fail(result.error());
    }
}

void Life::grant_wish(Service &service, Wish wish) {
    if (wish == Wish::refresh || wish == Wish::restart) answer(service, Status{});
    service.wish = wish;
    news_.tell(service);
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
