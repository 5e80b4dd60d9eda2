// Requests to VM. System processes may block on VM (SENDREC); PM, VFS and RS ask asynchronously
// where VM itself may have to wait for file content. Linux calls brk, mmap, munmap, mprotect,
// mremap, madvise, msync reach VM directly by the route table.
#pragma once

#include "axo/protocol.hpp"

namespace axo::vm {

inline constexpr std::uint16_t base = message_type::vm;

enum class GrowWhat : std::uint32_t { arena, scratch };

/// More resident, zeroed memory at the end of the caller's arena or scratch heap.
/// Errors: no_memory, invalid (size not a multiple of the page).
struct Grow {
    static constexpr std::uint16_t number = base + 0;
    static constexpr bool idempotent = false;
    static constexpr bool overtakes = true;  // a heap may grow at any time
    struct Reply {
        std::uint64_t new_end;
    };
    GrowWhat what;
    std::uint32_t reserved;
    std::uint64_t bytes;
};

namespace region_flag {
inline constexpr std::uint64_t
    contiguous = 1,
    dma = 2 /* below 4 GiB, quarantined after death */,
    content = 4 /* data of programs: promised like their memory, and never what is kept for others; alone */;
}

/// A region outside the arena, named by handle, zeroed. Stays the service's across updates, at the same place: the
/// handle is `address` as a number, and only lib/sys (region.hpp) may know that.
/// `physical` is that of the first page (all of it only with contiguous). Errors: no_memory, invalid.
struct RegionAllocate {
    static constexpr std::uint16_t number = base + 1;
    static constexpr bool idempotent = false;
    struct Reply {
        VirtAddr address;
        PhysAddr physical;
        std::uint64_t handle;
    };
    std::uint64_t bytes, flags;
};

struct RegionFree {
    static constexpr std::uint16_t number = base + 2;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t handle;
};

/// Maps device memory, or the root image for `memory`. Checked by the kernel's query_memory.
/// Errors: not_permitted, no_memory, invalid (not page aligned).
struct MapPhysical {
    static constexpr std::uint16_t number = base + 3;
    static constexpr bool idempotent = false;
    struct Reply {
        VirtAddr address;
        std::uint64_t handle;
    };
    PhysAddr physical;
    std::uint64_t bytes, uncached;
};

// ---- from PM ------------------------------------------------------------------------------------

enum class ForkKind : std::uint32_t { copy, share };
/// Whose program it is: some memory is kept for those of root, and where there is none others' are killed for it.
enum class Owner : std::uint32_t { somebody, root };

/// Gives `child` (made by the kernel's fork or start_thread) a copy-on-write copy of the parent's
/// space, or the same space (vfork, threads). Errors: no_memory, invalid.
struct Fork {
    static constexpr std::uint16_t number = base + 0x10;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint parent, child;
    ForkKind kind;
    Owner owner;
};

/// The process is gone: frees what only it used.
struct Exit {
    static constexpr std::uint16_t number = base + 0x11;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
};

/// Puts the space prepared by ExecBuild in place of the current one. Errors: invalid (none prepared).
struct ExecSwitch {
    static constexpr std::uint16_t number = base + 0x12;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint process;
    Owner owner;
};

/// Makes a range of a user process present (from PM and VFS, asynchronously). Errors: fault, io, no_memory.
struct MakePresent {
    static constexpr std::uint16_t number = base + 0x13;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t write;  // 1: it will be written
    VirtAddr address;
    std::uint64_t bytes;
};

/// The wall clock was set (from PM, after set_clock): programs read it from the page of the vDSO.
struct SetClock {
    static constexpr std::uint16_t number = base + 0x14;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Nanoseconds wall_clock_at_boot;  // since 1970
};

// ---- from VFS -----------------------------------------------------------------------------------

/// Names a file's content for VM, for as long as VM holds it, whatever becomes of the process that serves it.
struct FileId {
    std::uint32_t file_system;  // VFS' number of it, which no other ever has
    std::uint32_t device;       // st_dev
    std::uint64_t inode;
    friend bool operator==(const FileId &, const FileId &) = default;
};

/// One mapping of a program image. file_bytes <= bytes; the rest is zero.
struct ExecSegment {
    VirtAddr address;  // page aligned down by VM, with offset
    std::uint64_t bytes, file_offset, file_bytes;
    std::uint32_t flags;  // map_flag of kernel_call.hpp
    std::uint32_t reserved;
};

/// What VFS hands to ExecBuild by grant: this, then stack_bytes of stack content.
struct ExecImage {
    FileId file;
    std::uint64_t file_size;
    std::uint32_t segment_count;  // <= 16
    std::uint32_t reserved;
    ExecSegment segments[16];
    VirtAddr stack_pointer;  // where the stack content starts; it ends at layout::stack_end
    std::uint64_t stack_bytes;
};

/// Builds a new space beside the current one. Errors: no_memory, no_exec, fault, invalid.
/// Nothing of the old space is touched until ExecSwitch; a second build replaces the first.
struct ExecBuild {
    static constexpr std::uint16_t number = base + 0x20;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    GrantId image;
    std::uint64_t bytes;
};

/// Forgets a prepared space (exec failed elsewhere).
struct ExecCancel {
    static constexpr std::uint16_t number = base + 0x21;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
};

/// The file's content from `offset` on changed or was cut: drop cached pages. bytes 0: to the end.
struct FileChanged {
    static constexpr std::uint16_t number = base + 0x22;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    FileId file;
    std::uint64_t offset, bytes;
};

/// The file has no name any more: its pages go with its last mapping, and then it is released.
struct FileRemoved {
    static constexpr std::uint16_t number = base + 0x23;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    FileId file;
};

// ---- from RS ------------------------------------------------------------------------------------

/// Loads an ELF image from RS's memory into the empty space of `process`.
/// Errors: no_exec, no_memory, fault.
struct Spawn {
    static constexpr std::uint16_t number = base + 0x30;
    static constexpr bool idempotent = false;
    struct Reply {
        VirtAddr entry, stack_pointer;
    };
    Endpoint process;
    GrantId image;
    std::uint64_t bytes;
    std::uint32_t arena_pages, scratch_pages;
};

struct SetMask {
    static constexpr std::uint16_t number = base + 0x31;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t reserved;
    std::uint64_t calls;  // bit n: call base + n
};

/// Swaps the kernel slots and the spaces of two system processes (ref 6.2 item 4).
struct RsUpdate {
    static constexpr std::uint16_t number = base + 0x32;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint source, destination;
};

enum class ArenaMode : std::uint32_t {
    copy,    // equal schema: the old arena, copy-on-write, in place of the new version's own
    beside,  // changed schema: the old arena read-only at its own address, the new version's, empty again, at the other
             // one
    done,    // after `beside`: the old arena is not needed any more
};

/// What a new version does with the arena of the old one: `to`, the caller, asks between the RsUpdate that put it in
/// the place of `from` and the one that takes it back (or the end of `from`). Regions named by handle become its own
/// too, at the same addresses: written in place by both, so the new version keeps off them until it is accepted.
/// Errors: invalid (no such update under way, no arena), no_memory, not_permitted (mapped device memory it has no right
/// to). The reply says where the old arena lies.
struct ArenaShare {
    static constexpr std::uint16_t number = base + 0x33;
    static constexpr bool idempotent = true;
    struct Reply {
        VirtAddr address;
        std::uint64_t bytes;
    };
    Endpoint from, to;
    ArenaMode mode;
    std::uint32_t reserved;
};

/// A hash of every byte of a service's state arena, taken from outside, without the service. RS asks while the service
/// stands still, to show that an update that failed left its state as it was. The service's size decides how long it
/// takes. Errors: invalid (no such service), not_supported (pages VM does not know).
struct ArenaDigest {
    static constexpr std::uint16_t number = base + 0x35;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t digest, bytes;
    };
    Endpoint process;
};

/// The device of a dead driver was reset (by its successor or by RS): its quarantined DMA memory may be used again.
struct ReleaseDma {
    static constexpr std::uint16_t number = base + 0x34;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;  // the dead driver
};

// ---- from anybody ---------------------------------------------------------------------------------

struct Counters {
    static constexpr std::uint16_t number = base + 0x38;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t total_frames, free_frames, cached_frames, spaces, regions, table_frames;
    };
};

struct MemoryUse {
    static constexpr std::uint16_t number = base + 0x39;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t resident_bytes, virtual_bytes;
    };
    Endpoint process;
};

using Requests = Protocol<Grow, RegionAllocate, RegionFree, MapPhysical, Fork, Exit, ExecSwitch, MakePresent, SetClock,
                          ExecBuild, ExecCancel, FileChanged, FileRemoved, Spawn, SetMask, RsUpdate, ArenaShare,
                          ArenaDigest, ReleaseDma, Counters, MemoryUse>;

}  // namespace axo::vm
