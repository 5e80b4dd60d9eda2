// What happened to whom, when, why, and how long it took: the last events, for `service events`.
#pragma once

#include <array>
#include <string_view>

#include "axo/service_request.hpp"
#include "servers/rs/service/service.hpp"

namespace axo::rs {

class EventLog {
public:
    static constexpr std::size_t capacity = 256;

    /// A new line; number, label and counters of the service are filled in. The caller completes it.
    service::Event &add(const Service &service, service::Reason reason, Nanoseconds now);

    std::uint64_t next() const { return next_; }
    /// The oldest event that is still kept and has at least this number, or null.
    const service::Event *from(std::uint64_t sequence) const;

private:
    std::array<service::Event, capacity> events_{};
    std::uint64_t next_ = 0;
};

}  // namespace axo::rs
