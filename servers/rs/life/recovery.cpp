// What follows the unexpected end of a service (ref 3.9, 3.10): a new process beside the dead one, at once after a
// healthy spell, else later and later, until the budget is used up; or a script that decides.
#include <algorithm>
#include <cstring>

#include "axo/pm_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "lib/base/format.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/life/life.hpp"
#include "servers/rs/service/majors.hpp"
#include "servers/rs/service/policy.hpp"

namespace axo::rs {

namespace {

const char *script_reason(service::Reason reason) {
    switch (reason) {
        case service::Reason::refresh: return "restart";
        case service::Reason::hang: return "no-heartbeat";
        default: return "terminated";
    }
}

/// Decimal digits of a number, with a NUL; returns their end.
char *put_number(char *to, std::uint32_t number) {
    char digits[10];
    unsigned count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    while (count != 0) *to++ = digits[--count];
    *to++ = '\0';
    return to;
}

/// How a hang was found, for the event that tells of the recovery.
void tell_hang(const Service &service, service::Event &event) {
    format(event.text, "no answer for %lu ms, %lu ms of them at work", service.hang.silent.value / 1'000'000,
           service.hang.worked.value / 1'000'000);
}

char *put_word(char *to, std::string_view word) {
    std::memcpy(to, word.data(), word.size());
    to[word.size()] = '\0';
    return to + word.size() + 1;
}

/// False: the budget is used up. An end after a healthy spell, or on request, is free.
bool count_failure(Service &service) {
    const bool free = service.has(service_flag::healthy) || service.reason == service::Reason::refresh;
    service.failures = free ? 0 : service.failures + 1;
    return service.failures <= policy::failure_budget;
}

}  // namespace

/// Ends with a running service, or with one that is terminated or failed and waits for a wish.
sef::Async<Status> Life::revive(Service *service, UseScript script) {
    give_up_wishes(*service);
    if (system_.going_down) {
        service->phase = Phase::terminated;
        co_return Error::dead_peer;
    }
    const Status told = tell_users(*service);
    if (!told) co_return told;
    if (script == UseScript::yes && service->record.script[0] != '\0') {
        service->phase = Phase::terminated;
        auto running = run_script(service);
        co_return co_await running;
    }
    service->work.began = service->died;
    service->work.before = service->active.endpoint;
    bool within_budget = count_failure(*service);
    while (within_budget) {
        auto pausing = wait_backoff(service);
        const Status go_on = co_await pausing;
        if (!go_on) co_return go_on;
        auto starting = start_again(service);
        const Status started = co_await starting;
        tell_restart(*service, started);
        if (started) co_return started;
        service->flags &= ~service_flag::healthy;
        within_budget = count_failure(*service);
    }
    give_up(*service);
    co_return Error::dead_peer;
}

/// Whoever has a device of a driver open hears of its death at once, whether or not there will be another one: the
/// kernel's obituary goes to those only that wait for an answer. Errors: no_memory.
Status Life::tell_users(const Service &service) {
    const auto majors = majors_of(service);
    const bool drives = std::ranges::any_of(majors, [](const DeviceMajor &one) { return one.major != 0; });
    if (!drives) return {};
    const vfs::ServiceDied news{service.active.endpoint, 0};
    const Status told = sef::tell(endpoint::vfs, news);
    return told || told.error() != Error::no_memory ? Status{} : told;
}

/// It is dead, or about to be started anew: what was to be done with the process that is gone will not be.
void Life::give_up_wishes(Service &service) {
    if (service.wish == Wish::update) {
        updater_.done();
        answer(service, Error::service_restarted);
    }
    service.wish = Wish::none;
}

sef::Async<Status> Life::start_again(Service *service) {
    service->phase = Phase::initialising;
    ++service->restarts;
    service->work.kind = InitKind::restart;
    service->work.watch.start(service->work.began);
    service->work.watch.lap(service::Phase::notice, sys::now());
    auto starting = spawner_.start_next(service);
    co_return co_await starting;
}

void Life::tell_restart(Service &service, const Status &started) {
    const auto reason = started ? service.reason : service::Reason::init_failed;
    service::Event &event = events_.add(service, reason, sys::now());
    event.before = service.work.before;
    event.duration_ns = (sys::now() - service.work.began).value;
    event.signal = service.last_signal;
    event.status = static_cast<std::int32_t>(to_wire(started));
    service.work.watch.write_to(event);
    if (reason == service::Reason::hang) tell_hang(service, event);
}

/// Errors: interrupted (somebody wants it down).
sef::Async<Status> Life::wait_backoff(Service *service) {
    Work &work = service->work;
    work.enter(service::Step::backoff, sys::now() + policy::backoff(service->failures, service->image != nullptr));
    while (sys::now() < work.until && service->wish == Wish::none) {
        service->phase = Phase::backing_off;
        co_await news_.of(*service);
    }
    work.enter(service::Step::none);
    if (service->wish == Wish::restart) service->wish = Wish::none;
    if (service->wish == Wish::down || system_.going_down) {
        service->phase = Phase::terminated;
        co_return Error::interrupted;
    }
    co_return Status{};
}

void Life::give_up(Service &service) {
    service.phase = Phase::failed;
    sys::log("%s failed %u times without a healthy spell; it is not started again", service.label.text,
             service.failures);
    service::Event &event = events_.add(service, service.reason, sys::now());
    event.after = endpoint::none;
    event.signal = service.last_signal;
    event.status = static_cast<std::int32_t>(to_wire(Error::dead_peer));
    put_text(event.text, "failed: restart budget used up");
}

/// The script gets label, reason and count, and says `service restart` or `service down`. Without it the service stays
/// down.
sef::Async<Status> Life::run_script(Service *service) {
    service->work.enter(service::Step::script);
    char words[service::script_max + label_size + 32];
    char *end = put_word(words, text_of(service->record.script));
    end = put_word(end, service->label);
    end = put_word(end, script_reason(service->reason));
    end = put_number(end, service->restarts);
    const auto bytes = static_cast<std::uint32_t>(end - words);
    auto grant = sys::Grant::direct(endpoint::pm, words, bytes, sys::Access::read);
    if (!grant) co_return grant.error();
    const pm::RunScript request{grant->id(), bytes};
    const auto started = co_await sef::request(endpoint::pm, request);
    service->work.enter(service::Step::none);
    service::Event &event = events_.add(*service, service->reason, sys::now());
    event.after = endpoint::none;
    event.signal = service->last_signal;
    put_text(event.text, started ? "recovery script started" : "recovery script cannot be started");
    if (started) co_return Status{};
    sys::log("%s: script %s cannot be started: error %d", service->label.text, service->record.script,
             static_cast<int>(started.error()));
    service->phase = Phase::failed;
    co_return started.error();
}

}  // namespace axo::rs
