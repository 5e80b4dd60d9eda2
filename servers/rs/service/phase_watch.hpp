// How long each step of a start or an update took: a stop-watch whose laps have names.
#pragma once

#include <algorithm>
#include <iterator>

#include "axo/service_request.hpp"
#include "axo/types.hpp"

namespace axo::rs {

class PhaseWatch {
public:
    void start(Nanoseconds now) {
        *this = {};
        last_ = now;
    }

    /// What happened since the last lap, or the start, was this phase. A phase may have several laps.
    void lap(service::Phase phase, Nanoseconds now) {
        phases_[static_cast<std::size_t>(phase)] += (now - last_).value;
        last_ = now;
    }

    void write_to(service::Event &event) const {
        std::copy(std::begin(phases_), std::end(phases_), std::begin(event.phases_ns));
    }

private:
    Nanoseconds last_{0};
    std::uint64_t phases_[static_cast<std::size_t>(service::Phase::count)] = {};
};

}  // namespace axo::rs
