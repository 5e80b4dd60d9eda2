// counters: one line per counter of axo::SystemCounters. Exit status 1 when the system refuses.
#include "axo/system_counters.hpp"

#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

struct Line {
    const char *name;
    std::uint64_t axo::SystemCounters::*value;
};

using axo::SystemCounters;
constexpr Line lines[] = {
    {"free_process_slots", &SystemCounters::free_process_slots},
    {"free_privileges", &SystemCounters::free_privileges},
    {"free_message_buffers", &SystemCounters::free_message_buffers},
    {"table_frames", &SystemCounters::table_frames},
    {"free_table_frames", &SystemCounters::free_table_frames},
    {"safe_maps", &SystemCounters::safe_maps},
    {"interrupt_hooks", &SystemCounters::interrupt_hooks},
    {"late_replies", &SystemCounters::late_replies},
    {"refused_calls", &SystemCounters::refused_calls},
    {"total_frames", &SystemCounters::total_frames},
    {"free_frames", &SystemCounters::free_frames},
    {"cached_frames", &SystemCounters::cached_frames},
    {"spaces", &SystemCounters::spaces},
    {"regions", &SystemCounters::regions},
    {"processes", &SystemCounters::processes},
    {"zombies", &SystemCounters::zombies},
    {"open_files", &SystemCounters::open_files},
    {"vnodes", &SystemCounters::vnodes},
    {"pipes", &SystemCounters::pipes},
    {"requests", &SystemCounters::requests},
    {"grants", &SystemCounters::grants},
};

}  // namespace

int main() {
    SystemCounters counters{};
    if (syscall(axo::counters_call, &counters, sizeof counters) < 0) {
        std::fprintf(stderr, "counters: %s\n", std::strerror(errno));
        return 1;
    }
    for (const Line &line : lines)
        std::printf("%s %llu\n", line.name, static_cast<unsigned long long>(counters.*line.value));
    return 0;
}
