// What RS remembers of one service: who it is, in which phase of its life, and how often it died.
#pragma once

#include "axo/rs_protocol.hpp"
#include "lib/base/fixed_string.hpp"

namespace axo::rs {

enum class Phase : std::uint8_t {
    free,
    created,       // process exists, may not run yet
    initialising,  // was told to initialise; has not reported
    running,
    backing_off,   // dead; to be started again later
    failed,        // dead for good
};

namespace service_flag {
inline constexpr std::uint32_t core = 1;       // its death ends the system
inline constexpr std::uint32_t boot = 2;       // started by the kernel, no image in memory
inline constexpr std::uint32_t exiting = 4;    // its end is expected
inline constexpr std::uint32_t silent = 8;     // did not answer a ping
inline constexpr std::uint32_t killed = 16;    // RS itself ended it
}  // namespace service_flag

struct Service {
    Label label{};
    Endpoint endpoint = endpoint::none;
    std::uint32_t pid = 0;
    Phase phase = Phase::free;
    std::uint32_t flags = 0;
    std::uint32_t restarts = 0;       // exits without a healthy spell in between
    std::uint32_t priority = 0;
    Nanoseconds period{0};            // of pings; 0: none
    Nanoseconds asked{0}, answered{0};  // last ping or init, last answer
    Nanoseconds retry_at{0};          // backing_off

    bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
    bool lives() const { return phase == Phase::created || phase == Phase::initialising || phase == Phase::running; }
};

}  // namespace axo::rs
