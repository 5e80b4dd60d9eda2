#include "servers/rs/service/event_log.hpp"

namespace axo::rs {

service::Event &EventLog::add(const Service &service, service::Reason reason, Nanoseconds now) {
    service::Event &event = events_[next_ % capacity];
    event = service::Event{};
    event.sequence = next_++;
    event.time_ns = now.value;
    put_text(event.label, service.label);
    event.before = event.after = service.active.endpoint;
    event.reason = reason;
    event.restarts = service.restarts;
    return event;
}

const service::Event *EventLog::from(std::uint64_t sequence) const {
    if (sequence + capacity < next_) sequence = next_ - capacity;
    return sequence < next_ ? &events_[sequence % capacity] : nullptr;
}

}  // namespace axo::rs
