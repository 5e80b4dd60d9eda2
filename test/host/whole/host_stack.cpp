// Before anything else: the host program's own stack may not lie where processes have theirs.
#include <sys/personality.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "test/host/whole/stack_shadow.hpp"

namespace axo::whole {

namespace {

/// The host's stack, and what its kernel puts beside it, may lie where processes have theirs: rarely with random
/// addresses, always without (a debugger). Then the program starts again elsewhere, before it has done anything.
[[gnu::constructor]] void move_away(int, char **arguments, char **) {
    constexpr std::uint64_t margin = 64 << 20;
    constexpr const char *tried = "AXO_MOVED_AWAY";
    const auto here = reinterpret_cast<std::uint64_t>(__builtin_frame_address(0));
    if (here < stack_bottom - margin) return;
    const int times = std::getenv(tried) == nullptr ? 0 : std::atoi(std::getenv(tried));
    if (times < 16) {
        setenv(tried, std::to_string(times + 1).c_str(), 1);
        personality(static_cast<unsigned long>(personality(~0ul)) & ~static_cast<unsigned long>(ADDR_NO_RANDOMIZE));
        execv("/proc/self/exe", arguments);
    }
    std::fprintf(stderr, "the host's stack lies where processes have theirs\n");
    std::_Exit(3);
}

}  // namespace

}  // namespace axo::whole
