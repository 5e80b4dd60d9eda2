// See system_text.hpp.
#include "servers/procfs/system_text.hpp"

#include "axo/system_name.hpp"
#include "servers/procfs/ticks.hpp"

namespace axo::procfs {

namespace {

constexpr std::uint64_t kib = 1024;

/// By bit; what Linux has no name for is empty.
constexpr const char *names_d[32] = {"fpu",  "vme",   "de",   "pse",     "tsc",  "msr", "pae",  "mce",
                                     "cx8",  "apic",  "",     "sep",     "mtrr", "pge", "mca",  "cmov",
                                     "pat",  "pse36", "pn",   "clflush", "",     "dts", "acpi", "mmx",
                                     "fxsr", "sse",   "sse2", "ss",      "ht",   "tm",  "ia64", "pbe"};
constexpr const char *names_c[32] = {"pni",    "pclmulqdq", "dtes64", "monitor", "ds_cpl",
                                     "vmx",    "smx",       "est",    "tm2",     "ssse3",
                                     "",       "sdbg",      "fma",    "cx16",    "xtpr",
                                     "pdcm",   "",          "pcid",   "dca",     "sse4_1",
                                     "sse4_2", "x2apic",    "movbe",  "popcnt",  "tsc_deadline_timer",
                                     "aes",    "xsave",     "",       "avx",     "f16c",
                                     "rdrand", "hypervisor"};

void put_features(Text &text, const char *const (&names)[32], std::uint32_t bits) {
    for (unsigned i = 0; i < 32; ++i)
        if ((bits >> i & 1) != 0 && names[i][0] != '\0') text.print(" %s", names[i]);
}

/// Seconds with two digits behind the point.
void put_seconds(Text &text, std::uint64_t nanoseconds) {
    text.print("%lu.%02lu", nanoseconds / second, nanoseconds % second / (second / 100));
}

}  // namespace

void put_meminfo(Text &text, const vm::Counters::Reply &frames) {
    constexpr std::uint64_t unit = page_size / kib;
    const std::uint64_t total = frames.total_frames * unit, free = frames.free_frames * unit;
    const std::uint64_t cached = frames.cached_frames * unit, tables = frames.table_frames * unit;
    text.print("MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n", total, free,
               free + cached);
    text.print("Buffers:        %8u kB\nCached:         %8lu kB\nSwapCached:     %8u kB\n", 0u, cached, 0u);
    text.print("SwapTotal:      %8u kB\nSwapFree:       %8u kB\n", 0u, 0u);
    text.print("Shmem:          %8u kB\nSReclaimable:   %8u kB\nPageTables:     %8lu kB\n", 0u, 0u, tables);
}

void put_system_stat(Text &text, const SystemFacts &facts) {
    const std::uint64_t busy = facts.uptime > facts.idle ? facts.uptime - facts.idle : 0;
    const std::uint64_t system = facts.services < busy ? facts.services : busy;
    for (const char *name : {"cpu ", "cpu0"}) {
        // user, nice, system, idle, waiting for input, interrupts, soft interrupts, stolen, guest, nice guest
        text.print("%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, ticks(busy - system), ticks(system), ticks(facts.idle));
    }
    text.print("ctxt %lu\nbtime %lu\nprocs_running %u\nprocs_blocked 0\n", facts.context_switches, facts.boot_second,
               facts.runnable);
}

void put_uptime(Text &text, const SystemFacts &facts) {
    put_seconds(text, facts.uptime);
    text.add(" ");
    put_seconds(text, facts.idle);
    text.add("\n");
}

void put_loadavg(Text &text, const LoadAverage &load, const SystemFacts &facts, std::uint32_t last_pid) {
    for (unsigned i = 0; i < 3; ++i) text.print("%lu.%02lu ", load.hundredths(i) / 100, load.hundredths(i) % 100);
    text.print("%u/%u %u\n", facts.runnable, facts.processes, last_pid);
}

void put_cpuinfo(Text &text, const ProcessorFacts &facts) {
    text.print("processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n",
               facts.vendor, facts.family, facts.model, facts.brand, facts.stepping);
    text.print("cpu MHz\t\t: %lu.%03lu\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n",
               facts.hertz / 1'000'000, facts.hertz / 1000 % 1000);
    text.add("flags\t\t:");
    put_features(text, names_d, facts.features_d);
    put_features(text, names_c, facts.features_c);
    text.add("\n\n");
}

void put_partitions(Text &text, std::uint64_t ram_disk_bytes) {
    text.add("major minor  #blocks  name\n\n");
    if (ram_disk_bytes != 0) text.print("%4u  %7u %10lu %s\n", 1u, 0u, ram_disk_bytes / kib, "ram0");
}

void put_version(Text &text) {
    text.print("%s version %s %s\n", system_name::type, system_name::release, system_name::version);
}

void put_filesystems(Text &text) { text.add("nodev\tproc\nnodev\ttmpfs\n\text2\n"); }

}  // namespace axo::procfs
