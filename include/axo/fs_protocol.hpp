// Requests of VFS to a file system (one process per mounted ext2, one tmpfs process per mount, procfs).
// All asynchronous and tagged. An inode that was returned by Mount, Lookup, Create, MakeDirectory or
// MakeNode is held (counted) until Release. Buffers and names come by grant; data buffers may be
// magic grants on a user process whose pages VFS made present.
#pragma once

#include "axo/protocol.hpp"

namespace axo::fs {

inline constexpr std::uint16_t base = message_type::file_system;
inline constexpr std::uint32_t name_max = 255;

/// DS keys by which a file system that was restarted says so: "fs.up." + label, value 1.
inline constexpr char up_event_prefix[] = "fs.up.";

/// What a file system tells of an inode.
struct NodeInfo {
    std::uint64_t inode;
    std::uint64_t size;
    std::uint32_t mode;  // S_IF* and permissions
    std::uint32_t uid, gid;
    std::uint32_t links;
    std::uint32_t device;    // rdev of specials: major << 8 | minor, Linux' small form
    std::uint32_t consumed;  // Lookup: bytes of the path used
};
static_assert(sizeof(NodeInfo) == 40);

/// Opens the device (label by DS, minor) and the super block. Errors: invalid (not this file
/// system), io, busy (unclean and not repairable), no_device.
struct Mount {
    static constexpr std::uint16_t number = base + 0;
    static constexpr bool idempotent = false;
    using Reply = NodeInfo;  // of the root directory
    char driver_label[label_size];
    std::uint32_t minor;
    std::uint32_t read_only;
    std::uint32_t options_bytes;  // comma-separated mount options, by grant
    GrantId options;
};

/// Writes everything out. Errors: busy (inodes held besides the root), io.
struct Unmount {
    static constexpr std::uint16_t number = base + 1;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t force, reserved;
};

/// Walks as many components of a relative path (no leading '/', no NUL) as lie within this file
/// system and returns the last inode reached, held. It stops before ".." of its root and after a
/// symbolic link or a mount point (inodes VFS told it by SetMountPoint); `consumed` says how far it came.
/// Search permission is checked for uid/gid and the caller's groups at every directory.
/// Errors: no_entry, not_directory, access, name_too_long, io.
struct Lookup {
    static constexpr std::uint16_t number = base + 2;
    static constexpr bool idempotent = false;
    using Reply = NodeInfo;
    std::uint64_t directory;
    GrantId path;
    std::uint32_t path_bytes;
    std::uint32_t uid, gid;
    GrantId groups;  // u32 each, or invalid
    std::uint32_t group_count;
};

struct SetMountPoint {
    static constexpr std::uint16_t number = base + 3;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t inode;
    std::uint64_t on;  // 1 set, 0 cleared
};

/// Gives back `count` holds. An inode without holds and links is freed.
struct Release {
    static constexpr std::uint16_t number = base + 4;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    std::uint64_t inode, count;
};

/// By which rule a Read or ReadDirectory changes the time of access (lib/fs/access_time.hpp).
namespace access_time {
inline constexpr std::uint32_t relative = 0, kept = 1, strict = 2;
}

/// Errors: io, is_directory. Reading past the end moves 0 bytes.
struct Read {
    static constexpr std::uint16_t number = base + 5;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes;
    };
    std::uint64_t inode, offset, bytes;
    GrantId buffer;
    std::uint32_t access_time;  // axo::fs::access_time
};

/// Extends the file as needed (holes read as zero). append: offset is ignored, the end is used.
/// Errors: io, no_space (possibly after a partial write: then bytes < asked, no error), file_too_big.
struct Write {
    static constexpr std::uint16_t number = base + 6;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes, offset_after, size;
    };
    std::uint64_t inode, offset, bytes;
    GrantId buffer;
    std::uint32_t append;
};

/// Fills the buffer with whole linux_dirent64 records from directory position `offset`.
/// Errors: not_directory, invalid (buffer too small for one), io.
struct ReadDirectory {
    static constexpr std::uint16_t number = base + 7;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes, next_offset;
    };
    std::uint64_t inode, offset, bytes;
    GrantId buffer;
    std::uint32_t access_time;  // axo::fs::access_time
};

/// Makes a regular file, or with S_IF* in mode a FIFO, socket or device (`device`). The caller (VFS)
/// has checked write permission on the directory. Errors: exists, no_space, name_too_long, io.
struct Create {
    static constexpr std::uint16_t number = base + 8;
    static constexpr bool idempotent = false;
    using Reply = NodeInfo;
    std::uint64_t directory;
    GrantId name;
    std::uint32_t name_bytes;
    std::uint32_t mode, uid, gid, device;
};

struct MakeDirectory {
    static constexpr std::uint16_t number = base + 9;
    static constexpr bool idempotent = false;
    using Reply = NodeInfo;
    std::uint64_t directory;
    GrantId name;
    std::uint32_t name_bytes;
    std::uint32_t mode, uid, gid, reserved;
};

struct MakeSymbolicLink {
    static constexpr std::uint16_t number = base + 10;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    std::uint64_t directory;
    GrantId name;
    std::uint32_t name_bytes;
    GrantId target;
    std::uint32_t target_bytes;
    std::uint32_t uid, gid;
};

/// A link whose NodeInfo has size 0 (procfs) may have another target for another reader or at another time:
/// VFS asks every time. Errors: io, no_entry (it leads nowhere now), access (the target is not the reader's to know).
struct ReadLink {
    static constexpr std::uint16_t number = base + 11;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes;
    };
    std::uint64_t inode, bytes;
    GrantId buffer;
    std::uint32_t reader;  // pid of the process that follows or reads it, 0: VFS for another server
};

/// Errors: exists, too_many_links, no_space, not_permitted (a directory).
struct Link {
    static constexpr std::uint16_t number = base + 12;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    std::uint64_t inode, directory;
    GrantId name;
    std::uint32_t name_bytes;
};

/// directory_only 1: rmdir (not_empty, not_directory, busy), 0: unlink (is_directory).
/// sticky_uid: with the directory's sticky bit only its owner, the file's owner and root; ~0: no check.
/// Reply: the inode that lost the name.
struct Unlink {
    static constexpr std::uint16_t number = base + 13;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint64_t inode;
        std::uint64_t links_left;
    };
    std::uint64_t directory;
    GrantId name;
    std::uint32_t name_bytes;
    std::uint32_t directory_only, sticky_uid;
};

/// Errors: no_entry, exists, not_empty, is_directory, not_directory, invalid (into its own subtree),
/// cross_device never (VFS checks). no_replace: RENAME_NOREPLACE.
struct Rename {
    static constexpr std::uint16_t number = base + 14;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint64_t replaced_inode;
    };  // 0: none
    std::uint64_t old_directory, new_directory;
    GrantId old_name;
    std::uint32_t old_name_bytes;
    GrantId new_name;
    std::uint32_t new_name_bytes;
    std::uint32_t no_replace, sticky_uid;
};

struct Truncate {
    static constexpr std::uint16_t number = base + 15;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t inode, size;
};

/// Fills a Linux `struct stat` (144 bytes) in the granted buffer (VFS or magic on the user).
/// st_dev is the given device number.
struct Stat {
    static constexpr std::uint16_t number = base + 16;
    static constexpr bool idempotent = true;
    using Reply = NodeInfo;
    std::uint64_t inode;
    GrantId buffer;
    std::uint32_t device;
};

struct ChangeMode {
    static constexpr std::uint16_t number = base + 17;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t inode;
    std::uint32_t mode, reserved;  // 07777 bits
};

struct ChangeOwner {
    static constexpr std::uint16_t number = base + 18;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t inode;
    std::uint32_t uid, gid;  // ~0: unchanged
    std::uint32_t clear_set_id, reserved;
};

/// Seconds since 1970 and nanoseconds; nanoseconds ~0: unchanged.
struct SetTimes {
    static constexpr std::uint16_t number = base + 19;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t inode, access_seconds, modify_seconds;
    std::uint32_t access_nanoseconds, modify_nanoseconds;
};

/// inode 0: everything. Returns when it is on the device.
struct Sync {
    static constexpr std::uint16_t number = base + 20;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint64_t inode;
};

/// Fills a Linux `struct statfs` (120 bytes).
struct FileSystemStat {
    static constexpr std::uint16_t number = base + 21;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    GrantId buffer;
    std::uint32_t reserved;
};

/// The driver of its device has a new endpoint and the minor was opened again (ref 5.7).
struct NewDriver {
    static constexpr std::uint16_t number = base + 22;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint driver;
    std::uint32_t reserved;
};

/// From here on nobody changes anything (VFS sees to that), or somebody may again. To read only: everything is written
/// out, and the device says that it is clean. Errors: busy (work is under way, or a file without a name is still open),
/// io, read_only (the volume allows only reading), not_supported.
struct Remount {
    static constexpr std::uint16_t number = base + 23;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    std::uint32_t read_only;
    std::uint32_t reserved;
};

using Requests = Protocol<Mount, Unmount, Lookup, SetMountPoint, Release, Read, Write, ReadDirectory, Create,
                          MakeDirectory, MakeSymbolicLink, ReadLink, Link, Unlink, Rename, Truncate, Stat, ChangeMode,
                          ChangeOwner, SetTimes, Sync, FileSystemStat, NewDriver, Remount>;

}  // namespace axo::fs
