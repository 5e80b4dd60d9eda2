// The files of the whole system as text. Pure; formats as in Linux' proc(5).
#pragma once

#include "axo/vm_protocol.hpp"
#include "servers/procfs/load_average.hpp"
#include "servers/procfs/text.hpp"

namespace axo::procfs {

struct SystemFacts {
    std::uint64_t uptime = 0, idle = 0;  // nanoseconds
    std::uint64_t services = 0;          // processor time of the services that run now, nanoseconds
    std::uint64_t boot_second = 0;       // since 1970
    std::uint64_t context_switches = 0;
    std::uint32_t processes = 0, runnable = 0;
};

struct ProcessorFacts {
    char vendor[13] = {}, brand[49] = {};
    std::uint32_t family = 0, model = 0, stepping = 0;
    std::uint32_t features_d = 0, features_c = 0;  // CPUID 1, EDX and ECX
    std::uint64_t hertz = 0;
};

void put_meminfo(Text &text, const vm::Counters::Reply &frames);
/// Time in the services counts as system time, since that is what a system call is here.
void put_system_stat(Text &text, const SystemFacts &facts);
void put_uptime(Text &text, const SystemFacts &facts);
void put_loadavg(Text &text, const LoadAverage &load, const SystemFacts &facts, std::uint32_t last_pid);
void put_cpuinfo(Text &text, const ProcessorFacts &facts);
void put_partitions(Text &text, std::uint64_t ram_disk_bytes);
void put_version(Text &text);
void put_filesystems(Text &text);

}  // namespace axo::procfs
