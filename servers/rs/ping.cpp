// Services with a period are pinged; one that used processor time since the ping without answering, or lies blocked
// outside RECEIVE, is hung. On a loaded machine elapsed time alone proves nothing.
#include "lib/sys/ipc.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {

constexpr Nanoseconds check_period = milliseconds(100);
constexpr int signal_kill = 9;

bool looks_hung(const Service &service) {
    const auto info = sys::process_info(service.endpoint.value, ProcessSelect::by_endpoint);
    return info && info->in_receive == 0;
}

}  // namespace

void Server::on_period() {
    const Nanoseconds now = sys::now();
    for (Service &service : state_.services.all())
        if (service.phase == Phase::running && service.period.value != 0) check(service, now);
    period_.set(check_period);
}

void Server::check(Service &service, Nanoseconds now) {
    const bool outstanding = service.answered < service.asked;
    if (!outstanding) {
        if (now - service.asked < service.period) return;
        service.asked = now;
        static_cast<void>(sys::notify(service.endpoint));
        return;
    }
    const Nanoseconds patience{2 * service.period.value};
    if (now - service.asked <= patience || service.has(service_flag::silent) || !looks_hung(service)) return;
    service.flags |= service_flag::silent;
    sys::log("%s does not answer; killing it", service.label.text);
    static_cast<void>(sys::kill(service.endpoint, signal_kill));
}

}  // namespace axo::rs
