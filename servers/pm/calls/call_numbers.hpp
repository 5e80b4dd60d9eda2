// Linux x86-64 call numbers that PM serves.
#pragma once

#include <cstdint>

#include "axo/system_counters.hpp"

namespace axo::pm::number {

inline constexpr std::uint16_t rt_sigaction = 13, rt_sigprocmask = 14, rt_sigreturn = 15, sched_yield = 24, pause = 34,
                               nanosleep = 35, getitimer = 36, alarm = 37, setitimer = 38, getpid = 39, clone = 56,
                               fork = 57, vfork = 58, exit = 60, wait4 = 61, kill = 62, uname = 63, gettimeofday = 96,
                               getrlimit = 97, getrusage = 98, sysinfo = 99, times = 100, getuid = 102, syslog = 103,
                               getgid = 104, setuid = 105, setgid = 106, geteuid = 107, getegid = 108, setpgid = 109,
                               getppid = 110, getpgrp = 111, setsid = 112, setreuid = 113, setregid = 114,
                               getgroups = 115, setgroups = 116, setresuid = 117, getresuid = 118, setresgid = 119,
                               getresgid = 120, getpgid = 121, setfsuid = 122, setfsgid = 123, getsid = 124,
                               rt_sigpending = 127, rt_sigtimedwait = 128, rt_sigqueueinfo = 129, rt_sigsuspend = 130,
                               sigaltstack = 131, personality = 135, getpriority = 140, setpriority = 141, prctl = 157,
                               arch_prctl = 158, setrlimit = 160, settimeofday = 164, reboot = 169, sethostname = 170,
                               gettid = 186, tkill = 200, time = 201, futex = 202, sched_getaffinity = 204,
                               set_tid_address = 218, clock_settime = 227, clock_gettime = 228, clock_getres = 229,
                               clock_nanosleep = 230, exit_group = 231, tgkill = 234, waitid = 247,
                               set_robust_list = 273, prlimit64 = 302, getcpu = 309, getrandom = 318,
                               counters = counters_call;

}  // namespace axo::pm::number
