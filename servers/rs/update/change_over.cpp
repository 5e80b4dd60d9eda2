// The heart of a live update (ref 3.19): the two versions change places, the new one runs its init, and what fails is
// taken back.
#include "axo/signal.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/base/format.hpp"
#include "lib/base/hash.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/rights/giver.hpp"
#include "servers/rs/service/policy.hpp"
#include "servers/rs/update/updater.hpp"

namespace axo::rs {

namespace {

using service::Step;

/// Why the new version, in its place, was not accepted.
void tell_failure(FailureText &text, Error error) {
    switch (error) {
        case Error::dead_peer: put_text(text.text, "the new version died in its init; rolled back"); break;
        case Error::timed_out: put_text(text.text, "the new version hung in its init; rolled back"); break;
        default:
            format(text.text, "the init of the new version failed: error %d; rolled back", static_cast<int>(error));
    }
}

bool is_struck(Endpoint process) {
    const auto info = sys::process_info(process.value, ProcessSelect::by_endpoint);
    return info && info->struck != 0;
}

/// A death that was noted while both changed places may have been noted under either endpoint; the kernel knows.
void settle_deaths(Service &service) {
    Instance &a = service.active, &b = service.next;
    if ((!a.dead || is_struck(a.endpoint)) && (!b.dead || is_struck(b.endpoint))) return;
    std::swap(a.dead, b.dead);
    std::swap(a.signal, b.signal);
    std::swap(a.died, b.died);
}

/// What goes with the program: its rights.
void on_swap(Service &service) {
    service.work.swapped = !service.work.swapped;
    std::swap(service.active.runs, service.next.runs);
    std::swap(service.active.given, service.next.given);
}

}  // namespace

/// Where the update is to be verified: a hash of the state of the process that owns the label, by VM. None of a dead
/// one, or when VM cannot tell.
sef::Async<Status> Updater::look_at_state(Service *service, std::uint64_t *digest) {
    const bool wanted = (state_.record.flags & service::start_flag::verify) != 0 && !service->active.dead;
    if (!wanted) co_return Status{};
    const axo::vm::ArenaDigest question{service->active.endpoint};
    const auto answer = co_await sef::request(endpoint::vm, question);
    if (answer) *digest = answer->digest;
    if (!answer) sys::log("no hash of %s: error %d", service->label.text, static_cast<int>(answer.error()));
    co_return Status{};
}

/// From here on the new version is at the service's endpoint, and the old one waits at the other. Errors: that of the
/// swap (nothing changed); service_restarted, or interrupted when its init hung (rolled back).
sef::Async<Status> Updater::change_over(Service *service) {
    Work &work = service->work;
    auto swapping = change_places(service, Step::swap, work.prepare);
    const Status swapped = co_await swapping;
    work.watch.lap(service::Phase::swap, sys::now());
    if (!swapped) {
        put_text(work.failure.text, "the versions could not change places");
        co_return swapped;
    }
    Status status = spawner_.let_run(*service, service->active.endpoint, init_message(*service));
    if (status) {
        auto waiting = spawner_.await_init(service, service->active.endpoint, Step::new_init);
        status = co_await waiting;
    }
    work.watch.lap(service::Phase::init, sys::now());
    if (status) co_return status;
    tell_failure(work.failure, status.error());
    auto rolling = roll_back(service);
    const Status back = co_await rolling;
    if (!back) put_text(work.failure.text, "the new version failed and the old one was lost");
    co_return status.error() == Error::timed_out ? Error::interrupted : Error::service_restarted;
}

Init Updater::init_message(const Service &service) const {
    Init message = spawner_.init_message(InitKind::update);
    message.old_version = service.next.endpoint;
    if ((state_.record.flags & service::start_flag::fresh) != 0) message.flags |= init_flag::fresh;
    for (std::uint32_t i = 0; i < state_.record.drop_count; ++i)
        message.drops[i] = Hash<std::string_view>::of(text_of(state_.record.drop[i]));
    return message;
}

/// VM refuses while somebody is in the middle of a copy under a grant of either. That ends, but nobody says when.
/// Errors: those of vm::RsUpdate (nothing changed), busy only after `limit`.
sef::Async<Status> Updater::change_places(Service *service, Step step, Nanoseconds limit) {
    const axo::vm::RsUpdate request{service->next.endpoint, service->active.endpoint};
    service->work.enter(step, sys::now() + limit);
    for (;;) {
        const auto swapped = co_await sef::request(endpoint::vm, request, sef::no_deadline);
        if (swapped) on_swap(*service);
        settle_deaths(*service);
        bring_up_to_date(*service, service->active);
        bring_up_to_date(*service, service->next);
        if (swapped) co_return Status{};
        if (swapped.error() != Error::busy || sys::now() >= service->work.until) co_return swapped.error();
        co_await news_.of(*service);
    }
}

/// The new version is dead or given up; the old one takes its place again. If that fails too the service has died.
sef::Async<Status> Updater::roll_back(Service *service) {
    service->work.enter(Step::new_end);
    if (!service->active.dead) static_cast<void>(sys::kill(service->active.endpoint, signal::kill));
    while (!service->active.dead) co_await news_.of(*service);
    if (service->next.dead) co_return Error::dead_peer;
    auto swapping = change_places(service, Step::swap_back, policy::init_limit);
    const Status swapped = co_await swapping;
    if (!swapped) co_return swapped;
    // Only the old version's own end, while it changed places, is left.
    co_return service->active.dead ? Status{Error::dead_peer} : Status{};
}

}  // namespace axo::rs
