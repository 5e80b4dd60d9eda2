// An update from the making of the new version to the event that tells of it.
#include "servers/rs/update/updater.hpp"

#include "lib/sef/request.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/service/policy.hpp"
#include "servers/rs/watch/signals.hpp"

namespace axo::rs {

namespace {

using service::Step;

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

void Updater::claim(const Service &service, const service::StartRecord &record) {
    state_.busy = true;
    const bool inherits = (record.flags & service::start_flag::inherit) != 0;
    state_.record = inherits ? inherited(service.record, record) : record;
}

sef::Async<Status> Updater::update(Service *service) {
    Work &work = service->work;
    work.kind = InitKind::update;
    work.began = sys::now();
    work.watch.start(work.began);
    work.swapped = false;
    const std::uint64_t given = state_.record.max_prepare_ns;
    work.prepare = given != 0 ? Nanoseconds{given} : policy::default_prepare;
    work.state_before = work.state_after = 0;
    put_text(work.failure.text, "the new version could not be started");
    service->phase = Phase::updating;
    auto trying = try_update(service);
    const Status status = co_await trying;
    if (status) {
        accept(*service);
    } else {
        auto last_look = look_at_state(service, &work.state_after);
        static_cast<void>(co_await last_look);
    }
    end_update(*service, status);
    co_return status;
}

sef::Async<Status> Updater::try_update(Service *service) {
    Work &work = service->work;
    auto first_look = look_at_state(service, &work.state_before);
    static_cast<void>(co_await first_look);
    auto finding = spawner_.find_image(service, &state_.record);
    const Status found = co_await finding;
    work.watch.lap(service::Phase::image, sys::now());
    if (!found) co_return found;
    const std::span<const std::byte> image(work.image->memory.at(0), work.image->bytes);
    const Status suits = check_image(service->version, image, state_.record.flags, work.failure);
    if (!suits) co_return suits;
    CO_TRY_VOID(spawner_.make_process(service, &state_.record));
    auto preparing = prepare(service);
    const Status ready = co_await preparing;
    if (!ready) {
        put_text(work.failure.text, refusal(ready.error()));
        co_return ready;
    }
    auto looking = look_at_state(service, &work.state_before);
    static_cast<void>(co_await looking);
    work.watch.lap(service::Phase::ready, sys::now());
    auto changing = change_over(service);
    co_return co_await changing;
}

/// The old version says that it is ready, and waits. Errors: its own; interrupted (deadline, or the new version died);
/// service_restarted (the old one died).
sef::Async<Status> Updater::prepare(Service *service) {
    Work &work = service->work;
    const Endpoint process = service->active.endpoint;
    work.prepare_came = false;
    work.prepare_expected = true;
    work.enter(Step::ready, sys::now() + work.prepare);
    const UpdatePrepare request{state_.record.update_state, 0, work.prepare};
    const Status told = sef::tell(process, request);
    while (told && !work.prepare_came && !service->active.dead && !service->next.dead && sys::now() < work.until)
        co_await news_.of(*service);
    work.prepare_expected = false;
    if (service->active.dead) co_return Error::service_restarted;
    if (!work.prepare_came) {
        const UpdatePrepare cancel{0, 0, {0}};
        static_cast<void>(sef::tell(process, cancel));
        co_return Error::interrupted;
    }
    if (work.prepare_result < 0) co_return error_from_wire(work.prepare_result);
    if (service->next.dead) co_return Error::interrupted;
    co_return Status{};
}

void Updater::judge(const Service &service, InitReady &report) const {
    const Status serves = check_protocols(service.version, Version::of(report), state_.record.flags);
    if (report.result >= 0 && !serves) report.result = to_wire(serves);
}

/// A late answer, after which the service goes on (ref 3.12), is refused.
void Updater::on_ready(Endpoint caller, Service *service, const UpdateReady &request, sef::ReplyTo<Nothing> reply) {
    const bool wanted = service != nullptr && service->work.prepare_expected && service->active.endpoint == caller &&
                        request.state == state_.record.update_state;
    if (!wanted) {
        sys::log("%s reports ready for an update that is over", service == nullptr ? "(?)" : service->label.text);
        return reply.fail(Error::interrupted);
    }
    service->work.prepare_expected = false;
    service->work.prepare_came = true;
    service->work.prepare_result = request.result;
    service->work.prepare_reply = std::move(reply);
    news_.tell(*service);
}

/// Whoever waits in its ready message goes on, or is removed.
void Updater::end_update(Service &service, const Status &status) {
    Work &work = service.work;
    if (!status && !service.active.dead && work.prepare_reply.owed()) work.prepare_reply.fail(status.error());
    work.prepare_reply.abandon();
    spawner_.discard(service.next);
    spawner_.drop_image(service);
    work.swapped = false;
    work.enter(Step::none);
    service.phase = Phase::running;
    work.watch.lap(service::Phase::back, sys::now());
    service::Event &event = events_.add(service, service::Reason::update, sys::now());
    event.duration_ns = (sys::now() - work.began).value;
    event.status = static_cast<std::int32_t>(to_wire(status));
    event.state_before = work.state_before;
    event.state_after = work.state_after;
    work.watch.write_to(event);
    if (!status) {
        put_text(event.text, work.failure);
        sys::log("update of %s failed: %s (%d)", service.label.text, event.text, static_cast<int>(status.error()));
    }
    if (service.active.dead) return deaths_.on_loss(service);
    pass_on_held(service);
    heartbeats_.ping(service);
}

/// The new version is the service from now on. Nothing of this can fail.
void Updater::accept(Service &service) {
    service.version = service.work.version;
    adopt(service);
    service.failures = service.restarts = 0;
    service.flags &= ~(service_flag::healthy | service_flag::armed);
    service.started = sys::now();
}

/// The service is now what the update's record says; device, label and a period that was not given stay (ref 3.12). Of
/// a service of the boot archive that can be started again RS keeps the image: the file may not be readable without it.
/// The core is neither pinged nor started again.
void Updater::adopt(Service &service) {
    const service::StartRecord old = service.record;
    service.record = state_.record;
    service.record.major = old.major;
    service.record.drop_count = 0;
    service.record.flags = (service.record.flags & ~(service::start_flag::block_device | service::start_flag::fresh |
                                                     service::start_flag::inherit)) |
                           (old.flags & service::start_flag::block_device);
    put_text(service.record.label, service.label);
    if (service.record.period_ns == 0 || service.core()) service.record.period_ns = old.period_ns;
    if (service.record.period_ns != 0) service.period = Nanoseconds{service.record.period_ns};
    if (service.has(service_flag::boot) && !service.core()) service.record.flags |= service::start_flag::copy;
    spawner_.images().release(service.image);
    service.image = nullptr;
    if ((service.record.flags & service::start_flag::copy) == 0) return;
    service.image = service.work.image;
    spawner_.images().use(*service.image);
}

}  // namespace axo::rs
