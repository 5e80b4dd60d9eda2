// Services are pinged; one that used processor time since the ping without answering, or lies blocked outside RECEIVE,
// is hung (policy.hpp). On a loaded machine elapsed time alone proves nothing.
#include "lib/sys/ipc.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {
constexpr int signal_kill = 9;
}

/// Every RS period: heartbeats, and news for all lives that watch a deadline.
void Server::on_period() {
    const Nanoseconds now = sys::now();
    for (Service &service : state_.services.all()) {
        if (service.phase == Phase::free) continue;
        if (service.phase == Phase::running && service.period.value != 0 && !service.active.dead) check(service, now);
        if (service.phase != Phase::running) tell_news(service);
    }
    period_.set(policy::work_period);
}

void Server::ping(Service &service, Nanoseconds now) {
    const auto info = sys::process_info(service.active.endpoint.value, ProcessSelect::by_endpoint);
    if (!info || service.period.value == 0) return;
    service.asked = now;
    service.answered = Nanoseconds{0};
    service.time_seen = info->user;
    service.worked = Nanoseconds{0};
    static_cast<void>(sys::notify(service.active.endpoint));
}

void Server::check(Service &service, Nanoseconds now) {
    const auto info = sys::process_info(service.active.endpoint.value, ProcessSelect::by_endpoint);
    if (!info) return;
    if (service.has(service_flag::armed)) {
        if (info->fault_armed != 0) return;  // a ping would be the request that the fault waits for
        service.flags &= ~service_flag::armed;
        return ping(service, now);
    }
    if (service.answered >= service.asked) {
        if (now - service.asked >= service.period) ping(service, now);
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
    static_cast<void>(sys::kill(service.active.endpoint, signal_kill));
}

}  // namespace axo::rs
