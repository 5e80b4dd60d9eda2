// Who is around RS: programs in the processes of its services, and users.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "axo/service_request.hpp"
#include "axo/types.hpp"

namespace axo::rs::test {

/// What runs in a process; a swap moves it to another endpoint.
struct Program {
    enum class Mood { good, init_fails, init_hangs, init_dies, loops };
    unsigned number = 0;
    std::string label;
    bool of_update = false;
    Mood mood = Mood::good;
    bool loaded = false, allowed = false, told = false, accepted = false, dead = false, refused = false;
    std::uint64_t init_tag = 0, ready_tag = 0;  // of its SENDREC that RS has not answered; 0: none
    Nanoseconds worked{0};
    std::multiset<std::uint64_t> ports;  // that the kernel lets it use: first of each range

    /// What the kernel asks of a process that is to be swapped.
    bool stands_still() const { return dead || !allowed || refused || ready_tag != 0; }
};

/// One who gives commands, one at a time, as a process does.
struct User {
    Endpoint process;
    std::uint64_t tag = 0;  // of the call that is not answered; 0: none
    service::Command command{};
    std::string label;
    std::int64_t result = 0;       // of the last one that was answered
    unsigned programs_before = 0;  // how many there were when the command was given
};

}  // namespace axo::rs::test
