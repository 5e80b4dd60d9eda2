// RS: init and update messages that SEF speaks, and requests of the `service` command (ref 3.4).
#pragma once

#include "axo/protocol.hpp"

namespace axo::rs {

inline constexpr std::uint16_t base = message_type::rs;

enum class InitKind : std::uint32_t { fresh, update, restart };

/// RS -> service, SENDA, first message it gets. `table` grants RS's public service table.
struct Init {
    static constexpr std::uint16_t number = base + 0x14;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    InitKind kind;
    GrantId table;
    std::uint32_t table_count;
    std::uint32_t restarts;
    Endpoint old_version;    // update: where the old state is, else none
    std::uint32_t flags;     // init_flag
    std::uint64_t schema;    // update: hash of the old version's state schema
    std::uint64_t drops[3];  // update: hashes of the names of State's fields that may be lost; 0: unused
};
namespace init_flag {
inline constexpr std::uint32_t fresh = 1;  // update: with an empty State, whatever the old version has
}

/// service -> RS, SENDREC: init is over. RS answers only when it accepts.
struct InitReady {
    static constexpr std::uint16_t number = base + 0x15;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::int64_t result;
    std::uint64_t schema;     // hash of its State's; 0: an update cannot carry it over
    std::uint64_t name;       // hash of the name of the service whose version it is; 0: it has none
    std::uint64_t protocols;  // bit n: serves requests of the block n * 0x100
};

/// RS -> service, SENDA: prepare for update in `state`; state 0 cancels.
struct UpdatePrepare {
    static constexpr std::uint16_t number = base + 0x16;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t state, reserved;
    Nanoseconds max_time;
};

/// service -> RS, SENDREC: ready or not; on success never answered.
struct UpdateReady {
    static constexpr std::uint16_t number = base + 0x17;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    std::uint32_t state, reserved;
    std::int64_t result;
};

/// service -> RS, SENDA without answer needed: pong. (Ping is a notification from RS.)
struct Pong {
    static constexpr std::uint16_t number = base + 0x18;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
};

/// Signal for a service, from its manager, SENDA (0xe00 of ref 0.3).
struct SignalReceived {
    static constexpr std::uint16_t number = message_type::common + 0;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t signal, reserved;
};

/// From PM when it goes down: nothing is restarted any more (ref 3.15).
struct Shutdown {
    static constexpr std::uint16_t number = base + 0x04;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
};

/// label -> endpoint (ref 3.4), any system process.
struct Lookup {
    static constexpr std::uint16_t number = base + 0x08;
    static constexpr bool idempotent = true;
    struct Reply {
        Endpoint endpoint;
        std::uint32_t reserved;
    };
    char label[label_size];
};

/// From a service whose control list names the target's program. Errors: no_process, not_permitted, busy, invalid.
enum class ControlCommand : std::uint32_t { down = 1, refresh = 2, restart = 3 };
struct Control {
    static constexpr std::uint16_t number = base + 0x20;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    ControlCommand command;
    std::uint32_t reserved;
    char label[label_size];
};

/// What a service may touch besides what it was started with.
enum class RightKind : std::uint32_t { ports = 1, memory = 2, interrupt = 3 };

/// From a service that hands out devices (PCI): the service of that label, which runs, gets these ports (first, last),
/// this memory (start, bytes) or this interrupt line (number, 0). It keeps them until `service down`: they are the
/// service's, through every update and restart. What it has already is given again without effect.
/// Errors: not_permitted (who asks may not call privilege_control), no_process, invalid (range), no_memory (its list is
/// full), busy (ports or memory: another service was given some of it; interrupt lines are shared).
struct GiveRight {
    static constexpr std::uint16_t number = base + 0x21;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    RightKind kind;
    std::uint32_t reserved;
    std::uint64_t first, second;
    char label[label_size];
};

/// From a service that hands out devices: does the configuration of that label name the device, by its ids or by its
/// class? Errors: not_permitted (no, or who asks may not know), no_process.
struct MayUseDevice {
    static constexpr std::uint16_t number = base + 0x24;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint16_t vendor, device;
    std::uint32_t class_code;  // three bytes
    char label[label_size];
};

/// From VFS: a process of its own for a mount, of the program in the boot archive or else in /usr/sbin that is named
/// like the file system. It is labelled `PROGRAM.N` and lives until StopFileSystem; when it dies it is not started
/// again, and VFS hears ServiceDied. Errors: not_permitted (not VFS, or the system goes down), invalid (no such name
/// can be), no_entry (no program), no_memory, those of its start.
struct StartFileSystem {
    static constexpr std::uint16_t number = base + 0x22;
    static constexpr bool idempotent = false;
    struct Reply {
        Endpoint process;
        std::uint32_t reserved;
    };
    char program[label_size];
};

/// From VFS: the mount is gone. Answered when the process, its label and its memory are; one that is gone already is no
/// error. Errors: not_permitted (not VFS, or no file system of a mount), busy (asked for already).
struct StopFileSystem {
    static constexpr std::uint16_t number = base + 0x23;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t reserved;
};

/// One line of the public table (read by the Init grant; ref 3.1).
struct PublicEntry {
    char label[label_size];
    Endpoint endpoint;
    std::uint32_t flags;  // core service etc.
    std::uint32_t major;  // 0: none
    std::uint32_t reserved;
    Nanoseconds period;
};

using Requests = Protocol<InitReady, UpdateReady, Pong, Shutdown, Lookup, Control, GiveRight, MayUseDevice,
                          StartFileSystem, StopFileSystem>;

/// Linux-style call number by which user programs reach RS: rax = this, rdi = command, rsi = address
/// of a command record, rdx = its size. Record layouts belong to the `service` command's issue.
inline constexpr std::uint16_t user_call = message_type::axolotl_user_base;

}  // namespace axo::rs
