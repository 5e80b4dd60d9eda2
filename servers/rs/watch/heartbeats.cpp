// The periodic look at all services.
#include "servers/rs/watch/heartbeats.hpp"

#include "axo/signal.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/ipc.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/service/policy.hpp"

namespace axo::rs {

Heartbeats::Heartbeats(ServiceTable &services, News &news)
    : services_(services), news_(news), period_(bind<&Heartbeats::on_period>(*this)) {}

void Heartbeats::start() { period_.set(policy::work_period); }

void Heartbeats::on_pong(Endpoint process) {
    Service *service = services_.find(process);
    if (service == nullptr || service->active.endpoint != process) return;
    service->answered = sys::now();
    if (service->phase == Phase::running) service->flags |= service_flag::healthy;
}

void Heartbeats::on_period() {
    const Nanoseconds now = sys::now();
    for (Service &service : services_.all()) {
        if (service.phase == Phase::free) continue;
        if (service.phase == Phase::running && service.period.value != 0 && !service.active.dead) check(service, now);
        if (service.phase != Phase::running || policy::next_deed(service) != policy::Deed::nothing) news_.tell(service);
    }
    period_.set(policy::work_period);
}

void Heartbeats::ping(Service &service) {
    const auto info = sys::process_info(service.active.endpoint.value, ProcessSelect::by_endpoint);
    if (!info || service.period.value == 0) return;
    service.asked = sys::now();
    service.answered = Nanoseconds{0};
    service.time_seen = info->user;
    service.worked = Nanoseconds{0};
    static_cast<void>(sys::notify(service.active.endpoint));
}

void Heartbeats::check(Service &service, Nanoseconds now) {
    const auto info = sys::process_info(service.active.endpoint.value, ProcessSelect::by_endpoint);
    if (!info) return;
    if (service.has(service_flag::armed)) {
        if (info->fault_armed != 0) return;  // a ping would be the request that the fault waits for
        service.flags &= ~service_flag::armed;
        return ping(service);
    }
    if (service.answered >= service.asked) {
        if (now - service.asked >= service.period) ping(service);
        return;
    }
    const Nanoseconds waited = now - service.asked;
    service.worked = service.worked + policy::believable(info->user - service.time_seen);
    service.time_seen = info->user;
    if (!policy::is_hung(*info, service.worked, waited, policy::patience(service.period))) return;
    service.flags |= service_flag::hung;
    service.hang = {waited, service.worked};
    sys::log("%s does not answer after %lu ms of work; it is killed", service.label.text,
             service.worked.value / 1'000'000);
    static_cast<void>(sys::kill(service.active.endpoint, signal::kill));
}

}  // namespace axo::rs
