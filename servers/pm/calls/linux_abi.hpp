// Structures and constants of the Linux x86-64 system-call interface that PM reads and writes in user memory.
// Layouts are fixed by that interface; a host test compares them with the host's own headers.
#pragma once

#include <cstdint>

namespace axo::pm::abi {

struct TimeSpec {
    std::int64_t seconds, nanoseconds;
};
struct TimeVal {
    std::int64_t seconds, microseconds;
};
struct IntervalTimer {
    TimeVal interval, value;
};
struct TimeZone {
    std::int32_t minutes_west, dst_time;
};
struct ProcessTimes {
    std::int64_t user, system, children_user, children_system;
};
struct ResourceLimit {
    std::uint64_t current, maximum;
};
struct ResourceUsage {
    TimeVal user, system;
    std::int64_t max_resident, shared, data, stack, minor_faults, major_faults, swaps, blocks_in, blocks_out,
        messages_sent, messages_received, signals, voluntary_switches, involuntary_switches;
};
struct UtsName {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};
struct SystemInfo {
    std::int64_t uptime;
    std::uint64_t loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
    std::uint16_t processes, padding;
    std::uint32_t padding_2;
    std::uint64_t total_high, free_high;
    std::uint32_t memory_unit, padding_3;
};

inline constexpr std::uint64_t rlimit_infinity = ~0ull;
inline constexpr unsigned resource_limits = 16;

// ---- signals ----------------------------------------------------------------------------------

inline constexpr std::uint64_t handler_default = 0, handler_ignore = 1;

namespace action_flag {
inline constexpr std::uint64_t no_child_stop = 1, no_child_wait = 2, siginfo = 4, restorer = 0x04000000,
                               on_stack = 0x08000000, restart = 0x10000000, no_defer = 0x40000000,
                               reset_handler = 0x80000000;
}

/// What rt_sigaction exchanges (the kernel's, not the C library's, layout).
struct SignalAction {
    std::uint64_t handler, flags, restorer, mask;
};

namespace stack_flag {
inline constexpr std::uint32_t on_stack = 1, disable = 2, auto_disarm = 0x80000000;
}
struct SignalStack {
    std::uint64_t address;
    std::uint32_t flags, padding;
    std::uint64_t size;
};
inline constexpr std::uint64_t minimum_signal_stack = 2048;

namespace signal_code {
inline constexpr std::int32_t user = 0, kernel = 0x80, queue = -1, thread = -6;
inline constexpr std::int32_t child_exited = 1, child_killed = 2, child_dumped = 3, child_stopped = 5,
                              child_continued = 6;
inline constexpr std::int32_t fpe_divide = 1, fpe_invalid = 7, ill_opcode = 2, trap_breakpoint = 1, trap_trace = 2,
                              segv_unmapped = 1, segv_access = 2, bus_alignment = 1, bus_address = 2;
}  // namespace signal_code

/// siginfo_t; `fields` is a union that depends on the signal.
struct SignalInfo {
    std::int32_t number, error, code;
    std::int32_t padding;
    union {
        struct {
            std::uint32_t pid, uid;
            std::uint64_t value;
        } sender;
        struct {
            std::uint32_t pid, uid;
            std::int32_t status;
            std::int32_t padding;
            std::int64_t user, system;
        } child;
        struct {
            std::uint64_t address;
        } fault;
        std::uint8_t bytes[112];
    } fields;
};
static_assert(sizeof(SignalInfo) == 128);

struct MachineContext {
    std::uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    std::uint16_t cs, gs, fs, ss;
    std::uint64_t error, trap, old_mask, cr2;
    std::uint64_t fpu_state;  // address of the image, or 0
    std::uint64_t reserved[8];
};

struct UserContext {
    std::uint64_t flags, link;
    SignalStack stack;
    MachineContext machine;
    std::uint64_t signal_mask;
};
namespace context_flag {
inline constexpr std::uint64_t extended_state = 1, stack_segment = 2, strict_stack_segment = 4;
}

/// What lies at the stack pointer when a handler is entered.
struct SignalFrame {
    std::uint64_t return_address;
    UserContext context;
    SignalInfo info;
};
static_assert(sizeof(SignalFrame) == 440);

/// Bytes 464..511 of the floating-point image, by which programs find the extended part.
struct ExtendedStateMark {
    static constexpr std::uint32_t magic_1 = 0x46505853, magic_2 = 0x46505845;
    std::uint32_t magic, extended_size;
    std::uint64_t features;
    std::uint32_t state_size, padding[7];
};
static_assert(sizeof(ExtendedStateMark) == 48);

// ---- wait, clone, clocks ----------------------------------------------------------------------

namespace wait_option {
inline constexpr std::uint32_t no_hang = 1, stopped = 2, exited = 4, continued = 8, no_wait = 0x01000000,
                               no_thread = 0x20000000, all = 0x40000000, clone = 0x80000000;
}

namespace clone_flag {
inline constexpr std::uint64_t exit_signal = 0xff, memory = 0x100, fs = 0x200, files = 0x400, handlers = 0x800,
                               trace = 0x2000, vfork = 0x4000, parent = 0x8000, thread = 0x10000, set_tls = 0x80000,
                               parent_set_tid = 0x100000, child_clear_tid = 0x200000, detached = 0x400000,
                               untraced = 0x800000, child_set_tid = 0x1000000;
}

namespace clock {
inline constexpr std::uint32_t realtime = 0, monotonic = 1, process_time = 2, thread_time = 3, monotonic_raw = 4,
                               realtime_coarse = 5, monotonic_coarse = 6, boottime = 7;
}

namespace error {
inline constexpr std::int64_t range = -34;
}

}  // namespace axo::pm::abi
