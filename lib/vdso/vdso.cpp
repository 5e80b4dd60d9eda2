// User-mode code of every program: reads the clock from the TSC and the data page below the code.
#include "axo/vdso.hpp"

namespace {

using axo::VdsoData;

struct Timespec {
    std::int64_t seconds, nanoseconds;
};
struct Timeval {
    std::int64_t seconds, microseconds;
};

constexpr std::uint64_t billion = 1'000'000'000;
constexpr int clock_realtime = 0, clock_monotonic = 1, clock_monotonic_raw = 4, clock_realtime_coarse = 5,
              clock_monotonic_coarse = 6, clock_boottime = 7;
constexpr int call_clock_gettime = 228;

extern "C" const VdsoData vdso_data_page __attribute__((visibility("hidden")));

std::uint64_t timestamp() {
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return static_cast<std::uint64_t>(high) << 32 | low;
}

std::uint64_t nanoseconds(bool wall) {
    const VdsoData &data = vdso_data_page;
    while (true) {
        const std::uint64_t before = data.sequence.acquire();
        const std::uint64_t ticks = timestamp() - data.tsc_at_boot.load();
        const std::uint64_t since_boot =
            static_cast<std::uint64_t>(static_cast<unsigned __int128>(ticks) * data.factor.load() >> 32);
        const std::uint64_t result = wall ? since_boot + data.wall_clock_at_boot.load() : since_boot;
        if ((before & 1) == 0 && before == data.sequence.load()) return result;
    }
}

long by_system_call(long number, long first, long second) {
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second) : "rcx", "r11", "memory");
    return result;
}

}  // namespace

extern "C" {

int axo_clock_gettime(int clock, Timespec *time) {
    const bool wall = clock == clock_realtime || clock == clock_realtime_coarse;
    const bool since_boot = clock == clock_monotonic || clock == clock_monotonic_raw ||
                            clock == clock_monotonic_coarse || clock == clock_boottime;
    if (!wall && !since_boot)  // clocks of processes and threads are the kernel's to know
        return static_cast<int>(by_system_call(call_clock_gettime, clock, reinterpret_cast<long>(time)));
    const std::uint64_t now = nanoseconds(wall);
    time->seconds = static_cast<std::int64_t>(now / billion);
    time->nanoseconds = static_cast<std::int64_t>(now % billion);
    return 0;
}

int axo_gettimeofday(Timeval *time, void *) {
    if (time == nullptr) return 0;
    const std::uint64_t now = nanoseconds(true);
    time->seconds = static_cast<std::int64_t>(now / billion);
    time->microseconds = static_cast<std::int64_t>(now % billion / 1000);
    return 0;
}

long axo_time(long *time) {
    const long now = static_cast<long>(nanoseconds(true) / billion);
    if (time != nullptr) *time = now;
    return now;
}

int axo_getcpu(unsigned *cpu, unsigned *node, void *) {
    if (cpu != nullptr) *cpu = 0;
    if (node != nullptr) *node = 0;
    return 0;
}

int __vdso_clock_gettime(int, Timespec *) __attribute__((alias("axo_clock_gettime")));
int __vdso_gettimeofday(Timeval *, void *) __attribute__((alias("axo_gettimeofday")));
long __vdso_time(long *) __attribute__((alias("axo_time")));
int __vdso_getcpu(unsigned *, unsigned *, void *) __attribute__((alias("axo_getcpu")));
}
