// Live update (ref 3.12, 3.19): the new version is made beside the old one; when the old one is ready both change
// places, so that endpoint and pid stay with the service; whatever fails, the old one goes on.
//
// `active` is always the process at the service's own endpoint, `next` the one at the temporary endpoint: first the new
// version, after the change of places the old one, which waits inside its ready message.
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {

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

}  // namespace

/// Errors: those of making a process; of the old version's answer; interrupted (not ready in time); service_restarted.
sef::Async<Status> Server::update(Service *service) {
    const Nanoseconds began = sys::now();
    service->watch.start(began);
    service->phase = Phase::updating;
    service->state_before = service->state_after = 0;
    auto first_look = look_at_state(service, &service->state_before);
    static_cast<void>(co_await first_look);
    put_text(service->update_text.text, "the new version could not be started");
    auto finding = image_of(service, &state_.update);
    const auto image = co_await finding;
    service->watch.lap(service::Phase::image, sys::now());
    Status status{};
    if (image) {
        auto trying = try_update(service, *image);
        status = co_await trying;
        if (status) adopt_update(*service, *image);
        state_.images.release(*image);
    } else {
        status = image.error();
    }
    if (!status) {
        auto last_look = look_at_state(service, &service->state_after);
        static_cast<void>(co_await last_look);
    }
    end_update(*service, status, began);
    co_return status;
}

/// Whoever waits in its ready message goes on, or is removed.
void Server::end_update(Service &service, const Status &status, Nanoseconds began) {
    if (!status && !service.active.dead && service.prepare_reply.owed()) service.prepare_reply.fail(status.error());
    service.prepare_reply.abandon();
    discard(service.next);
    service.phase = Phase::running;
    state_.updating = false;
    service.watch.lap(service::Phase::back, sys::now());
    service::Event &event = state_.events.add(service, service::Reason::update, sys::now());
    event.duration_ns = (sys::now() - began).value;
    event.status = static_cast<std::int32_t>(to_wire(status));
    event.state_before = service.state_before;
    event.state_after = service.state_after;
    service.watch.write_to(event);
    if (!status) {
        put_text(event.text, service.update_text);
        sys::log("update of %s failed: %s (%d)", service.label.text, event.text, static_cast<int>(status.error()));
    }
    ping(service, sys::now());
}

sef::Async<Status> Server::try_update(Service *service, Image *image) {
    auto making = make_process(service, &state_.update, image);
    const Status made = co_await making;
    if (!made) co_return made;
    const std::uint64_t given = state_.update.max_prepare_ns;
    const Nanoseconds limit = given != 0 ? Nanoseconds{given} : policy::default_prepare;
    auto preparing = prepare(service, limit);
    Status status = co_await preparing;
    if (!status) {
        put_text(service->update_text.text, refusal(status.error()));
        co_return status;
    }
    auto looking = look_at_state(service, &service->state_before);
    static_cast<void>(co_await looking);
    service->watch.lap(service::Phase::ready, sys::now());
    auto changing = change_over(service, limit);
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
    if (service->prepare_result < 0) co_return error_from_wire(service->prepare_result);
    if (service->next.dead) co_return Error::interrupted;
    co_return Status{};
}

/// The service is now what the update's record says; device, label and a period that was not given stay (ref 3.12). Of
/// a service of the boot archive RS keeps the image: the file may not be readable without it.
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
    if (service.has(service_flag::boot)) service.record.flags |= service::start_flag::copy;
    const bool keep = (service.record.flags & service::start_flag::copy) != 0;
    service.image = keep ? image : nullptr;
    if (keep) state_.images.use(*image);
    service.failures = service.restarts = 0;
    service.flags &= ~(service_flag::healthy | service_flag::armed);
    service.started = sys::now();
}

}  // namespace axo::rs
