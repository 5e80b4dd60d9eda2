// What the leak tests and the measurements read through get_info.
#pragma once

#include <cstdint>

namespace axo::kernel {

struct Counters {
    std::uint64_t fast_switches;         // messages that switched directly, in neither of the next two
    std::uint64_t messages;              // taken over by a receiver, of any kind
    std::uint64_t late_replies_dropped;  // no caller waited for that tag
    std::uint64_t refused_calls;         // a mask said no
    std::uint64_t context_switches, space_switches;
    std::uint64_t idle_ticks;
};
inline Counters counters;

}  // namespace axo::kernel
