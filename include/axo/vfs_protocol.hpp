// Requests to VFS from other system processes. Linux calls with files and descriptors reach VFS
// directly by the route table.
#pragma once

#include "axo/protocol.hpp"
#include "axo/vm_protocol.hpp"

namespace axo::vfs {

inline constexpr std::uint16_t base = message_type::vfs;

// ---- from PM ------------------------------------------------------------------------------------

/// The child shares the parent's open files by reference. share_files (CLONE_FILES) and share_fs
/// (CLONE_FS) make it use the same tables. Errors: no_memory.
struct Fork {
    static constexpr std::uint16_t number = base + 0;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint parent, child;
    std::uint32_t pid, share_files, share_fs, group;
};

/// Closes everything; pending calls of the process are dropped.
struct Exit {
    static constexpr std::uint16_t number = base + 1;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
};

struct SetIds {
    static constexpr std::uint16_t number = base + 2;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t real_uid, effective_uid, fs_uid, real_gid, effective_gid, fs_gid;
};

struct SetGroups {
    static constexpr std::uint16_t number = base + 3;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t count;  // <= 32
    GrantId groups;       // u32 each
};

/// The process leads a new session, and a new group, without terminal.
struct NewSession {
    static constexpr std::uint16_t number = base + 4;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t session;
};

/// The process is in this process group from now on.
struct SetGroup {
    static constexpr std::uint16_t number = base + 8;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t group;
};

/// A signal came: the process' call with this tag, if still unfinished, is answered at once with
/// what it has, else with restart_call. Never fails.
struct Cancel {
    static constexpr std::uint16_t number = base + 5;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t reserved;
    std::uint64_t tag;
};

/// Runs the first user program in `process`: path and arguments NUL-separated by grant,
/// descriptors 0, 1 and 2 on the console, root, cwd "/".
struct ExecFirst {
    static constexpr std::uint16_t number = base + 6;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t pid;
    GrantId arguments;
    std::uint32_t bytes;
};

/// Before power-off: writes everything out, unmounts what can be.
struct Shutdown {
    static constexpr std::uint16_t number = base + 7;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
};

// ---- from RS ------------------------------------------------------------------------------------

/// Device table only: major -> label and endpoint of its driver (ref 5.6). Errors: no_device
/// (major > 255), invalid.
struct MapDriver {
    static constexpr std::uint16_t number = base + 0x10;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint driver;
    std::uint32_t major;
    std::uint32_t block;  // 1: block device major, 0: character
    std::uint32_t reserved;
    char label[label_size];
};

/// Reads a whole file for RS (service images, recovery scripts). The buffer is granted by RS; a file
/// larger than it gives too_big; its size is returned either way. Errors: as open and read.
struct ReadFile {
    static constexpr std::uint16_t number = base + 0x11;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t size;
    };
    GrantId path;
    std::uint32_t path_bytes;  // without NUL
    GrantId buffer;
    std::uint32_t reserved;
    std::uint64_t buffer_bytes;
};

/// A driver, or a process that StartFileSystem made, died, or RS killed it since it hung: whatever is open at the
/// driver is an I/O error from now on, and is told to who polls it; the file system's mount goes. Never fails.
struct ServiceDied {
    static constexpr std::uint16_t number = base + 0x12;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Endpoint process;
    std::uint32_t reserved;
};

// ---- from VM ------------------------------------------------------------------------------------

/// mmap of a descriptor: checks access, keeps the file open for VM until ReleaseFile.
/// Errors: bad_descriptor, access, no_device.
struct MapFile {
    static constexpr std::uint16_t number = base + 0x20;
    static constexpr bool idempotent = false;
    struct Reply {
        vm::FileId file;
        std::uint64_t size;
        std::uint64_t device_address;
    };
    Endpoint process;
    std::int32_t descriptor;
    std::uint32_t protection;  // PROT_*
    std::uint32_t flags;       // MAP_*
};

/// Fills granted memory from the file; bytes past the end are left as they are (zero).
/// Errors: io, no_entry (not held).
struct PageIn {
    static constexpr std::uint16_t number = base + 0x21;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes;
    };
    vm::FileId file;
    std::uint64_t offset, bytes;
    GrantId buffer;
    std::uint32_t reserved;
};

/// VM holds no page and no mapping of it any more. `holds`: how many successful MapFile and ExecBuild requests
/// this gives back; VFS forgets the file when all are, so that a MapFile that crosses this keeps its hold.
struct ReleaseFile {
    static constexpr std::uint16_t number = base + 0x22;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    vm::FileId file;
    std::uint64_t holds;
};

struct Counters {
    static constexpr std::uint16_t number = base + 0x30;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t open_files, vnodes, pipes, requests, processes;
    };
};

// ---- from procfs --------------------------------------------------------------------------------

enum class ProcessText : std::uint32_t {
    command_line,       // its arguments, each with a NUL, as they lie in its memory now
    program,            // absolute path of what it executes
    current_directory,  // absolute path
};

/// Text about a process; what does not fit is cut off. Paths come without NUL.
/// Errors: no_process, no_entry (it has none: a service, or the name is gone), name_too_long, no_memory, fault, busy
/// (the root is not mounted yet).
struct DescribeProcess {
    static constexpr std::uint16_t number = base + 0x31;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes;
    };
    Endpoint process;
    ProcessText what;
    GrantId buffer;
    std::uint32_t bytes;
};

/// The controlling terminal of a process. Errors: no_process.
struct TerminalOf {
    static constexpr std::uint16_t number = base + 0x32;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint32_t device, reserved;
    };  // st_rdev, 0: none
    Endpoint process;
};

/// All mounts in the form of /proc/mounts: "source path type options 0 0" and a newline each, in the order of
/// mounting. Only whole lines. Errors: no_memory, fault, busy (the root is not mounted yet).
struct DescribeMounts {
    static constexpr std::uint16_t number = base + 0x33;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t bytes;
    };
    GrantId buffer;
    std::uint32_t bytes;
};

using Requests =
    Protocol<Fork, Exit, SetIds, SetGroups, NewSession, SetGroup, Cancel, ExecFirst, Shutdown, MapDriver, ReadFile,
             MapFile, PageIn, ReleaseFile, Counters, DescribeProcess, TerminalOf, DescribeMounts, ServiceDied>;

}  // namespace axo::vfs
