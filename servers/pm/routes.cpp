// The route table, made at compile time from one list of numbers per server.
#include "servers/pm/routes.hpp"

#include <algorithm>

#include "axo/rs_protocol.hpp"
#include "servers/pm/calls/call_numbers.hpp"

namespace axo::pm {

namespace {

using namespace number;

constexpr auto pm_numbers =
    std::to_array<std::uint16_t>({rt_sigaction,    rt_sigprocmask, rt_sigreturn,    sched_yield,
                                  pause,           nanosleep,      getitimer,       alarm,
                                  setitimer,       getpid,         clone,           fork,
                                  vfork,           exit,           wait4,           kill,
                                  uname,           gettimeofday,   getrlimit,       getrusage,
                                  sysinfo,         times,          getuid,          syslog,
                                  getgid,          setuid,         setgid,          geteuid,
                                  getegid,         setpgid,        getppid,         getpgrp,
                                  setsid,          setreuid,       setregid,        getgroups,
                                  setgroups,       setresuid,      getresuid,       setresgid,
                                  getresgid,       getpgid,        setfsuid,        setfsgid,
                                  getsid,          rt_sigpending,  rt_sigtimedwait, rt_sigqueueinfo,
                                  rt_sigsuspend,   sigaltstack,    personality,     getpriority,
                                  setpriority,     prctl,          arch_prctl,      setrlimit,
                                  settimeofday,    reboot,         sethostname,     gettid,
                                  tkill,           time,           futex,           sched_getaffinity,
                                  set_tid_address, clock_settime,  clock_gettime,   clock_getres,
                                  clock_nanosleep, exit_group,     tgkill,          waitid,
                                  set_robust_list, prlimit64,      getcpu,          getrandom,
                                  counters});

// Files, descriptors and everything with a path, in the order of Linux' table.
constexpr auto vfs_numbers = std::to_array<std::uint16_t>(
    {0,   1,   2,   3,   4,   5,   6,   7,   8,   16,  17,  18,  19,  20,  21,  22,  23,  32,  33,  40,  59,
     72,  73,  74,  75,  76,  77,  79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,  91,  92,  93,
     94,  95,  132, 133, 137, 138, 161, 162, 165, 166, 217, 221, 235, 257, 258, 259, 260, 261, 262, 263, 264,
     265, 266, 267, 268, 269, 270, 271, 280, 292, 293, 295, 296, 306, 316, 322, 332, 436, 439});

// mmap mprotect munmap brk mremap msync mincore madvise.
constexpr auto vm_numbers = std::to_array<std::uint16_t>({9, 10, 11, 12, 25, 26, 27, 28});

constexpr std::size_t route_count = pm_numbers.size() + vfs_numbers.size() + vm_numbers.size() + 1;

constexpr auto build_routes() {
    std::array<Route, route_count> table{};
    std::size_t next = 0;
    for (const std::uint16_t call : pm_numbers) table[next++] = {call, 0, endpoint::pm};
    for (const std::uint16_t call : vfs_numbers) table[next++] = {call, 0, endpoint::vfs};
    for (const std::uint16_t call : vm_numbers) table[next++] = {call, 0, endpoint::vm};
    table[next++] = {rs::user_call, 0, endpoint::rs};
    std::sort(table.begin(), table.end(), [](const Route &a, const Route &b) { return a.number < b.number; });
    return table;
}

constexpr bool has_no_duplicates(const std::array<Route, route_count> &table) {
    for (std::size_t i = 1; i < table.size(); ++i)
        if (table[i - 1].number == table[i].number) return false;
    return true;
}

constexpr auto table = build_routes();
static_assert(has_no_duplicates(table));
static_assert(table.back().number < call_numbers);

}  // namespace

std::span<const Route> routes() { return table; }
std::span<const std::uint16_t> own_calls() { return pm_numbers; }

}  // namespace axo::pm
