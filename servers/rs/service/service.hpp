// What RS remembers of one service: its processes, the phase of its life, what it may do, and how it died last.
#pragma once

#include "axo/rs_protocol.hpp"
#include "axo/service_request.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sef/reply.hpp"
#include "servers/rs/rights/given_rights.hpp"
#include "servers/rs/service/work.hpp"
#include "servers/rs/spawn/image_store.hpp"

namespace axo::rs {

enum class Phase : std::uint8_t {
    free,
    created,       // boot: exists, may not run yet
    initialising,  // was told to initialise; has not reported
    running,
    updating,     // a new version stands beside it
    stopping,     // was told to end
    backing_off,  // dead; to be started again later
    terminated,   // dead; waits for the recovery script, or for nobody (shutdown)
    failed,       // dead for good: its budget is used up
};

namespace service_flag {
inline constexpr std::uint32_t core = 1;     // its death ends the system
inline constexpr std::uint32_t boot = 2;     // came with the boot archive
inline constexpr std::uint32_t healthy = 4;  // answered a ping since it was started
inline constexpr std::uint32_t hung = 16;    // RS killed it for that
inline constexpr std::uint32_t armed = 8;    // a fault strikes during its next request: no pings until then
inline constexpr std::uint32_t of_mount =
    32;  // a file system that VFS asked for: ends with its mount, or its mount with it
}  // namespace service_flag

/// One process of a service. While it is replaced a service has two.
struct Instance {
    Endpoint endpoint = endpoint::none;
    std::uint32_t pid = 0;
    std::uint32_t privilege_id = no_privilege;
    std::uint32_t signal = 0;  // that ended it
    bool dead = false;
    bool runs = false;     // let run: what it is given from now on goes to the kernel at once
    GivenCounts given;     // how much of what the service was given it has
    Nanoseconds since{0};  // created
    Nanoseconds died{0};

    static constexpr std::uint32_t no_privilege = ~0u;
    bool exists() const { return endpoint != endpoint::none; }
};

/// What somebody asked of a service that RS is to do next.
enum class Wish : std::uint8_t { none, down, refresh, restart, update };

/// How a process died: registers without the extended state, and the return addresses on its stack.
struct Crash {
    static constexpr unsigned frames_max = 24;
    static constexpr unsigned register_count = 24;  // Context from rax to fault_vector
    Nanoseconds time{0};
    std::uint32_t signal = 0, frame_count = 0;
    std::uint64_t registers[register_count];
    std::uint64_t frames[frames_max];
};
static_assert(offsetof(Context, fpu_bytes) == Crash::register_count * 8);

/// How a service was found to be hung.
struct Hang {
    Nanoseconds silent{0}, worked{0};  // since the ping it did not answer
};

struct Service {
    Label label{};
    Phase phase = Phase::free;
    std::uint32_t flags = 0;
    Instance active;  // owns the label
    Instance next;    // being started; after the swap of an update: the old version
    std::uint32_t priority = 0;

    // What it was started with.
    service::StartRecord record{};
    GivenRights given;
    Image *image = nullptr;  // kept copy, or null: the file is read again at every start

    // Requests that wait for it.
    Wish wish = Wish::none;
    sef::UserCall caller;                           // of up, down, update: answered when that has ended
    sef::ReplyTo<Nothing> control;                  // the same, of a service
    sef::ReplyTo<StartFileSystem::Reply> mounting;  // of VFS: answered when the start has ended

    Work work;                       // what is being done to it
    std::uint64_t held_signals = 0;  // bit n: signal n + 1 came while it could not be told
    Version version;                 // of the accepted program

    // Its history.
    std::uint32_t failures = 0;  // ends without a healthy spell before
    std::uint32_t restarts = 0;
    service::Reason reason = service::Reason::none;  // of the end under way, or of the last one
    std::uint32_t last_signal = 0;
    Nanoseconds started{0}, died{0};
    Crash crash{};
    Hang hang{};

    // Heartbeat.
    Nanoseconds period{0};  // 0: none
    Nanoseconds asked{0}, answered{0};
    Nanoseconds time_seen{0};  // processor time it had used at the last look
    Nanoseconds worked{0};     // since the ping, as far as it is believed (policy.hpp)

    bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
    bool core() const { return has(service_flag::core); }
    bool dead() const { return phase == Phase::backing_off || phase == Phase::terminated || phase == Phase::failed; }
    /// It runs and receives: what is sent to it now reaches the version that stays.
    bool hears() const { return phase == Phase::running || phase == Phase::stopping; }
    bool owes_answer() const { return caller.owed() || control.owed() || mounting.owed(); }
};

}  // namespace axo::rs
