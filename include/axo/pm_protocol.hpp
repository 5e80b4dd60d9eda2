// Requests to PM from other system processes. Linux calls of processes, signals, credentials and
// time reach PM directly by the route table.
#pragma once

#include "axo/protocol.hpp"

namespace axo::pm {

inline constexpr std::uint16_t base = message_type::pm;

/// RS only: a slot, a pid and an endpoint for a new service; stopped, without privileges or memory.
/// Errors: again (table full), not_permitted.
struct Spawn {
    static constexpr std::uint16_t number = base + 0;
    static constexpr bool idempotent = false;
    struct Reply {
        Endpoint process;
        std::uint32_t pid;
    };
    char name[label_size];
};

/// RS only: ends a service's process for good (SRV_KILL of ref 6.1). Errors: no_process.
struct DestroyService {
    static constexpr std::uint16_t number = base + 1;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
};

/// RS only, once: everything is up; PM has VFS run the init program.
struct StartInit {
    static constexpr std::uint16_t number = base + 2;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
};

/// RS only: a user process that runs `path` with arguments (recovery scripts), as root.
struct RunScript {
    static constexpr std::uint16_t number = base + 3;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint32_t pid;
        std::uint32_t reserved;
    };
    GrantId arguments;  // NUL-separated: path, arguments
    std::uint32_t bytes;
};

/// RS only: pid of a boot service. Errors: no_process.
struct LookupPid {
    static constexpr std::uint16_t number = base + 4;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t pid, uid;
    };
    Endpoint process;
};

/// A terminal: signal to a process group; signal 0 only asks whether there is one. Errors: no_process, invalid.
struct SignalGroup {
    static constexpr std::uint16_t number = base + 0x10;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    std::uint32_t group, signal;
};

/// VFS: signal to one process (SIGPIPE). Errors: no_process, invalid.
struct SignalProcess {
    static constexpr std::uint16_t number = base + 0x11;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t signal;
};

/// VFS: the new image is built (vm::ExecBuild); PM switches spaces, resets signal handlers, applies
/// set-uid and lets the process run at entry. No error may be returned after this was accepted.
/// Errors: no_process, invalid, no_memory.
struct ExecCommit {
    static constexpr std::uint16_t number = base + 0x12;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t set_uid;  // new effective uid or ~0
    std::uint32_t set_gid;  // likewise
    std::uint32_t reserved;
    VirtAddr entry, stack_pointer;
    char name[label_size];
};

/// A terminal: the session that a process group belongs to. Errors: no_process.
struct SessionOfGroup {
    static constexpr std::uint16_t number = base + 0x13;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t session, reserved;
    };
    std::uint32_t group;
};

/// VFS, for ppoll and pselect6: from now on until the process' present call returns, `mask` is its signal
/// mask; a pending signal that it lets through interrupts the call at once. The old mask comes back when
/// the call returns, after a handler if one runs (as sigsuspend). Errors: no_process.
struct WaitMask {
    static constexpr std::uint16_t number = base + 0x14;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t reserved;
    std::uint64_t mask;
};

/// VFS: the wait ended without a signal; the old mask is to be back before VFS answers the call.
struct WaitMaskOver {
    static constexpr std::uint16_t number = base + 0x15;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t reserved;
};

/// VFS: a terminal answered `background` to a call of the process, of which `signal`, TTIN or TTOU, is due. If the
/// process ignores or blocks it: allowed 1 for TTOU, io for TTIN. Else the whole group gets the signal, and the call is
/// to be restarted: allowed 0; but of an orphaned group: io. Errors: io, no_process, invalid.
struct BackgroundAccess {
    static constexpr std::uint16_t number = base + 0x16;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint32_t allowed, reserved;
    };
    Endpoint process;
    std::uint32_t signal;
};

struct Counters {
    static constexpr std::uint16_t number = base + 0x18;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t processes, zombies;
    };
};

// ---- from procfs --------------------------------------------------------------------------------

/// Which pids are in use: bit n % 64 of word n / 64, for pid n. Errors: invalid (buffer too small), fault.
struct ListProcesses {
    static constexpr std::uint16_t number = base + 0x19;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t last_pid, reserved;
    };  // the pid that was given last
    GrantId bitmap;
    std::uint32_t bytes;
};
inline constexpr std::uint32_t pid_max = 32768;  // all pids are smaller
inline constexpr std::size_t pid_bitmap_bytes = pid_max / 8;

enum class ProcessLife : std::uint32_t { alive, stopped, zombie };

/// What PM tells about a process. Times in nanoseconds.
struct ProcessRecord {
    std::uint32_t pid, parent, group, session;
    std::uint32_t real_uid, effective_uid, saved_uid, file_system_uid;
    std::uint32_t real_gid, effective_gid, saved_gid, file_system_gid;
    Endpoint process;  // none: a zombie
    ProcessLife life;
    std::int32_t nice;
    std::uint32_t system;   // 1: a service
    std::uint64_t started;  // since boot
    std::uint64_t user, system_time, children_user, children_system;
    std::uint64_t pending_signals, blocked_signals, ignored_signals, caught_signals;
    char name[label_size];
};

/// Fills a granted ProcessRecord. Errors: no_process, fault.
struct DescribeProcess {
    static constexpr std::uint16_t number = base + 0x1a;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t pid;
    GrantId record;
};

/// The name that sethostname gave, without NUL. Errors: fault.
struct HostName {
    static constexpr std::uint16_t number = base + 0x1b;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes;
    };
    GrantId buffer;
    std::uint32_t bytes;  // 64 hold any name
};

using Requests = Protocol<Spawn, DestroyService, StartInit, RunScript, LookupPid, SignalGroup, SignalProcess,
                          ExecCommit, SessionOfGroup, WaitMask, WaitMaskOver, BackgroundAccess, Counters, ListProcesses,
                          DescribeProcess, HostName>;

}  // namespace axo::pm
