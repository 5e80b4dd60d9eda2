// Requests to block and character drivers (ref 5.1, made uniform: every request is asynchronous and
// tagged, its answer is the reply with that tag, early or late).
#pragma once

#include "axo/protocol.hpp"

namespace axo::device {

inline constexpr std::uint16_t base = message_type::device;

namespace open_flag {
inline constexpr std::uint32_t read = 1, write = 2, nonblock = 4, no_terminal = 8, bounded = 16;
}

/// session: of the opener when it leads one without a terminal, else 0; a terminal then becomes its
/// controlling one and says so. `minor` in the reply: the clone to use from now on, or the same.
/// Errors: no_device_address, busy, access, io.
struct Open {
    static constexpr std::uint16_t number = base + 6;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint32_t minor;
        std::uint32_t became_controlling;
        std::uint64_t size;
    };
    std::uint32_t minor, flags, session, group;
};

struct Close {
    static constexpr std::uint16_t number = base + 7;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    std::uint32_t minor, reserved;
};

/// Reply when data (or the end: 0) is there. nonblock: `again` instead of waiting.
/// bounded: waiting for a time is allowed (a terminal's VTIME), for an event is not. Then the answer is `again`, and in
/// the same step the driver arms one PollReady for when trying again is worth while: no event between the two is lost.
/// A write with it takes what there is room for, and says `again` only when that is nothing. Errors: service_restarted
/// (this minor was not opened at this incarnation), io, invalid, again, background (a terminal: see Ioctl).
struct Read {
    static constexpr std::uint16_t number = base + 0x14;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint64_t bytes;
    };
    std::uint32_t minor, flags;  // open_flag::nonblock or bounded
    std::uint64_t offset, bytes;
    GrantId buffer;
    std::uint32_t group, session, reserved;  // of the caller, for terminals
};

struct Write {
    static constexpr std::uint16_t number = base + 0x15;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint64_t bytes;
    };
    std::uint32_t minor, flags;
    std::uint64_t offset, bytes;
    GrantId buffer;
    std::uint32_t group, session, reserved;
};

/// Block devices: up to 64 elements {GrantId, u32 bytes} in a granted vector; one contiguous device
/// range. write 1: to the device. Reply: bytes moved, short only at the end of the device.
struct Transfer {
    static constexpr std::uint16_t number = base + 0x16;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes;
    };
    std::uint32_t minor, write;
    std::uint64_t offset;
    GrantId vector;
    std::uint32_t count;
};
struct TransferElement {
    GrantId buffer;
    std::uint32_t bytes;
};

/// code: Linux' ioctl number; `argument` is granted (magic, read and write) for argument_bytes when
/// the code has a pointer argument VFS knows the size of; value: the argument itself.
/// group/session: of the caller, for terminals. A terminal whose session it is lets only the foreground group read and
/// change it, and write if it is told so: others get `background`, and whoever asked on the caller's behalf asks PM
/// what becomes of the call (pm::BackgroundAccess). Group 0 is not checked. Errors: not_tty (unknown code), invalid,
/// fault, background, no_process and not_permitted (the group to come to the front: not there, of another session).
struct Ioctl {
    static constexpr std::uint16_t number = base + 0x18;
    static constexpr bool idempotent = false;
    struct Reply {
        std::int64_t value;
    };
    std::uint32_t minor, code;
    std::uint64_t value;
    GrantId argument;
    std::uint32_t argument_bytes;
    std::uint32_t group, session;
};

namespace poll_event {  // Linux' poll bits
inline constexpr std::uint32_t in = 1, priority = 2, out = 4, error = 8, hang_up = 16;
// Drivers' own: a bounded read or write is worth trying again. Never asked for by Poll.
inline constexpr std::uint32_t read_again = 1 << 16, write_again = 1 << 17;
}  // namespace poll_event

/// Which of `events` are ready now. With watch 1, one PollReady follows (once) when that set changes
/// to something ready.
struct Poll {
    static constexpr std::uint16_t number = base + 0x0c;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t ready, reserved;
    };
    std::uint32_t minor, events, watch, reserved;
};

/// From a driver to VFS, asynchronously, no answer expected beyond the status.
struct PollReady {
    static constexpr std::uint16_t number = base + 0x0d;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t minor, ready;
};

/// The request of this requester with this tag is to be answered at once: what it has, or `interrupted`.
struct Cancel {
    static constexpr std::uint16_t number = base + 0;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t tag;
};

using CharacterRequests = Protocol<Open, Close, Read, Write, Ioctl, Poll, Cancel>;
using BlockRequests = Protocol<Open, Close, Transfer, Ioctl, Cancel>;

// Majors as on Linux, so that device nodes and busybox agree.
inline constexpr std::uint32_t major_memory = 1;      // character: null 3, zero 5, full 7; klog 11
inline constexpr std::uint32_t major_ram_disk = 1;    // block: ram0..
inline constexpr std::uint32_t major_tty_serial = 4;  // ttyS0 is minor 64
inline constexpr std::uint32_t major_tty = 5;         // /dev/tty 0, /dev/console 1
inline constexpr std::uint32_t major_log = 15;        // /dev/klog 0
inline constexpr std::uint32_t major_random = 16;
inline constexpr std::uint32_t major_hello = 17;

/// DS keys of driver-up events: "drv.vfs." + label, value 1 (ref 5.2).
inline constexpr char up_event_prefix[] = "drv.vfs.";

}  // namespace axo::device
