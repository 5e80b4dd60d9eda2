// Live update (ref 3.12, 3.19): the new version is made beside the old one; when the old one is ready both change
// places, so that endpoint and pid stay with the service; whatever fails, the old one goes on.
//
// `active` is always the process at the service's own endpoint, `next` the one at the temporary endpoint: first the new
// version, after the change of places the old one, which waits inside its ready message.
#include "axo/vm_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {

constexpr int signal_kill = 9;

/// Why the old version did not let itself be replaced.
const char *refusal(Error error) {
    switch (error) {
        case Error::no_syscall: return "it does not support live update";
        case Error::invalid: return "it does not know that state";
        case Error::busy: return "it cannot prepare now";
        case Error::interrupted: return "it was not ready in time";
        case Error::service_restarted: return "the old version died and is restarted";
        default: return "the old version refused";
    }
}

/// Why the new version, in its place, was not accepted.
const char *failure(Error error) {
    switch (error) {
        case Error::dead_peer: return "the new version died in its init; rolled back";
        case Error::timed_out: return "the new version hung in its init; rolled back";
        default: return "the init of the new version failed; rolled back";
    }
}

}  // namespace

/// Errors: those of making a process; of the old version's answer; interrupted (not ready in time); service_restarted.
sef::Async<Status> Server::update(Service *service) {
    const Nanoseconds began = sys::now();
    service->phase = Phase::updating;
    put_text(service->update_text.text, "the new version could not be started");
    auto finding = image_of(service, &state_.update);
    const auto image = co_await finding;
    Status status{};
    if (image) {
        auto trying = try_update(service, *image);
        status = co_await trying;
        if (status) adopt_update(*service, *image);
        state_.images.release(*image);
    } else {
        status = image.error();
    }
    service->prepare_reply.abandon();
    discard(service->next);
    service->phase = Phase::running;
    state_.updating = false;
    service::Event &event = state_.events.add(*service, service::Reason::update, sys::now());
    event.duration_ns = (sys::now() - began).value;
    event.status = static_cast<std::int32_t>(to_wire(status));
    if (!status) put_text(event.text, service->update_text);
    if (!status)
        sys::log("update of %s failed: %s (%d)", service->label.text, event.text, static_cast<int>(status.error()));
    ping(*service, sys::now());
    co_return status;
}

sef::Async<Status> Server::try_update(Service *service, Image *image) {
    auto making = make_process(service, &state_.update, image);
    const Status made = co_await making;
    if (!made) co_return made;
    const std::uint64_t given = state_.update.max_prepare_ns;
    const Nanoseconds limit = given != 0 ? Nanoseconds{given} : policy::default_prepare;
    auto preparing = prepare(service, limit);
    const Status prepared = co_await preparing;
    if (!prepared) {
        put_text(service->update_text.text, refusal(prepared.error()));
        co_return prepared;
    }
    auto changing = change_over(service);
    co_return co_await changing;
}

/// The old version says that it is ready, and waits. Errors: its own; interrupted (deadline, or the new version died);
/// service_restarted (the old one died).
sef::Async<Status> Server::prepare(Service *service, Nanoseconds limit) {
    const Endpoint process = service->active.endpoint;
    service->prepare_came = false;
    service->prepare_expected = true;
    const UpdatePrepare request{state_.update.update_state, 0, limit};
    const Status told = sef::tell(process, request);
    const Nanoseconds deadline = sys::now() + limit;
    while (told && !service->prepare_came && !service->active.dead && !service->next.dead && sys::now() < deadline) {
        auto waiting = news(service);
        static_cast<void>(co_await waiting);
    }
    service->prepare_expected = false;
    if (service->active.dead) co_return Error::service_restarted;
    if (!service->prepare_came) {
        const UpdatePrepare cancel{0, 0, {0}};
        static_cast<void>(sef::tell(process, cancel));
        co_return Error::interrupted;
    }
    if (service->prepare_result >= 0) co_return Status{};
    const Error refused = error_from_wire(service->prepare_result);
    service->prepare_reply.ok();  // it knows its own error; the update is over
    co_return refused;
}

/// From here on the new version is at the service's endpoint. Errors: that of the swap (nothing changed);
/// service_restarted, or interrupted when its init hung (rolled back).
sef::Async<Status> Server::change_over(Service *service) {
    const axo::vm::RsUpdate swap{service->next.endpoint, service->active.endpoint};
    const auto swapped = co_await sef::request(endpoint::vm, swap);
    if (!swapped) {
        put_text(service->update_text.text, "the versions could not change places");
        service->prepare_reply.fail(swapped.error());
        co_return swapped.error();
    }
    Status status = let_run(*service, service->active.endpoint, InitKind::update, service->next.endpoint);
    if (status) {
        auto waiting = await_init(service, service->active.endpoint, policy::init_limit);
        status = co_await waiting;
    }
    if (status) co_return status;
    put_text(service->update_text.text, failure(status.error()));
    auto rolling = roll_back(service);
    const Status back = co_await rolling;
    if (!back) put_text(service->update_text.text, "the new version failed and the old one was lost");
    co_return status.error() == Error::timed_out ? Error::interrupted : Error::service_restarted;
}

/// The new version is dead or given up; the old one takes its place again and goes on with an error. If that fails too
/// the service has died.
sef::Async<Status> Server::roll_back(Service *service) {
    if (!service->active.dead) static_cast<void>(sys::kill(service->active.endpoint, signal_kill));
    while (!service->active.dead) {
        auto waiting = news(service);
        static_cast<void>(co_await waiting);
    }
    if (service->next.dead) co_return Error::dead_peer;
    const axo::vm::RsUpdate swap{service->active.endpoint, service->next.endpoint};
    const auto swapped = co_await sef::request(endpoint::vm, swap);
    if (!swapped) co_return swapped.error();
    service->active.dead = false;
    service->prepare_reply.fail(Error::service_restarted);
    co_return Status{};
}

/// The service is now what the update's record says; device, label and a period that was not given stay (ref 3.12).
void Server::adopt_update(Service &service, Image *image) {
    const service::StartRecord old = service.record;
    service.record = state_.update;
    service.record.major = old.major;
    service.record.flags =
        (service.record.flags & ~service::start_flag::block_device) | (old.flags & service::start_flag::block_device);
    put_text(service.record.label, service.label);
    if (service.record.period_ns == 0) service.record.period_ns = old.period_ns;
    if (service.record.period_ns != 0) service.period = Nanoseconds{service.record.period_ns};
    state_.images.release(service.image);
    const bool keep = (service.record.flags & service::start_flag::copy) != 0;
    service.image = keep ? image : nullptr;
    if (keep) state_.images.use(*image);
    service.failures = service.restarts = 0;
    service.flags &= ~(service_flag::healthy | service_flag::armed);
    service.started = sys::now();
}

}  // namespace axo::rs
