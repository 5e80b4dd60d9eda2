// The numbers of the Linux x86-64 system-call interface that concern files.
#pragma once

#include <cstddef>
#include <cstdint>

namespace axo::vfs::abi {

// open(2)
inline constexpr std::uint32_t open_access = 03, open_read_only = 0, open_write_only = 01, open_read_write = 02;
inline constexpr std::uint32_t open_create = 0100, open_exclusive = 0200, open_no_terminal = 0400,
                               open_truncate = 01000, open_append = 02000, open_nonblock = 04000, open_dsync = 010000,
                               open_async = 020000, open_direct = 040000, open_large = 0100000,
                               open_directory = 0200000, open_no_follow = 0400000, open_no_atime = 01000000,
                               open_close_exec = 02000000, open_sync = 04010000, open_path = 010000000,
                               open_temporary = 020200000;
/// What F_SETFL may change and F_GETFL shows besides the access mode.
inline constexpr std::uint32_t settable_flags = open_append | open_nonblock | open_direct | open_no_atime;

// *at(2)
inline constexpr std::int32_t at_cwd = -100;
inline constexpr std::uint32_t at_symlink_no_follow = 0x100, at_remove_directory = 0x200, at_effective_access = 0x200,
                               at_symlink_follow = 0x400, at_no_automount = 0x800, at_empty_path = 0x1000,
                               at_statx_sync_mask = 0x6000;

// mode
inline constexpr std::uint32_t mode_format = 0170000, mode_socket = 0140000, mode_link = 0120000,
                               mode_regular = 0100000, mode_block = 0060000, mode_directory = 0040000,
                               mode_character = 0020000, mode_fifo = 0010000;
inline constexpr std::uint32_t set_user_id = 04000, set_group_id = 02000, sticky = 01000, group_execute = 010,
                               any_execute = 0111, permission_bits = 07777;

constexpr bool is_format(std::uint32_t mode, std::uint32_t format) { return (mode & mode_format) == format; }
constexpr bool is_directory(std::uint32_t mode) { return is_format(mode, mode_directory); }
constexpr bool is_link(std::uint32_t mode) { return is_format(mode, mode_link); }
constexpr bool is_regular(std::uint32_t mode) { return is_format(mode, mode_regular); }
constexpr bool is_character(std::uint32_t mode) { return is_format(mode, mode_character); }
constexpr bool is_block(std::uint32_t mode) { return is_format(mode, mode_block); }
constexpr bool is_fifo(std::uint32_t mode) { return is_format(mode, mode_fifo); }

// device numbers, the small form
constexpr std::uint32_t major_of(std::uint32_t device) { return device >> 8 & 0xff; }
constexpr std::uint32_t minor_of(std::uint32_t device) { return device & 0xff; }
constexpr std::uint32_t make_device(std::uint32_t major, std::uint32_t minor) { return major << 8 | minor; }

// lseek(2)
enum class Whence : std::uint32_t { set, current, end };

// fcntl(2)
inline constexpr std::uint32_t f_dupfd = 0, f_getfd = 1, f_setfd = 2, f_getfl = 3, f_setfl = 4, f_getlk = 5,
                               f_setlk = 6, f_setlkw = 7, f_setown = 8, f_getown = 9, f_ofd_getlk = 36,
                               f_ofd_setlk = 37, f_ofd_setlkw = 38, f_dupfd_close_exec = 1030, f_set_pipe_size = 1031,
                               f_get_pipe_size = 1032;
inline constexpr std::uint32_t fd_close_exec = 1;
inline constexpr std::uint16_t lock_read = 0, lock_write = 1, lock_unlock = 2;

struct Flock {
    std::int16_t type, whence;
    std::int32_t padding;
    std::int64_t start, length;
    std::int32_t pid, padding2;
};
static_assert(sizeof(Flock) == 32);

// flock(2)
inline constexpr std::uint32_t flock_shared = 1, flock_exclusive = 2, flock_nonblock = 4, flock_unlock = 8;

// renameat2(2)
inline constexpr std::uint32_t rename_no_replace = 1;

// poll(2) and select(2)
inline constexpr std::uint16_t poll_in = 1, poll_priority = 2, poll_out = 4, poll_error = 8, poll_hang_up = 16,
                               poll_invalid = 32, poll_read_normal = 0x40, poll_write_normal = 0x100;
struct PollFd {
    std::int32_t descriptor;
    std::uint16_t events, returned;
};
static_assert(sizeof(PollFd) == 8);

struct Timespec {
    std::int64_t seconds, nanoseconds;
};
struct Timeval {
    std::int64_t seconds, microseconds;
};
struct IoVector {
    std::uint64_t address, bytes;
};
inline constexpr std::uint64_t io_vectors_max = 1024;
inline constexpr std::uint64_t io_bytes_max = 0x7ffff000;  // Linux' MAX_RW_COUNT

inline constexpr std::uint32_t utime_now = (1u << 30) - 1, utime_omit = (1u << 30) - 2;
inline constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;

/// struct stat of x86-64.
struct Stat {
    std::uint64_t device, inode, links;
    std::uint32_t mode, uid, gid, padding;
    std::uint64_t special_device;
    std::int64_t size, block_size, blocks;
    Timespec accessed, modified, changed;
    std::int64_t reserved[3];
};
static_assert(sizeof(Stat) == 144);

struct StatxTime {
    std::int64_t seconds;
    std::uint32_t nanoseconds;
    std::int32_t reserved;
};

struct Statx {
    std::uint32_t mask, block_size;
    std::uint64_t attributes;
    std::uint32_t links, uid, gid;
    std::uint16_t mode, padding;
    std::uint64_t inode, size, blocks, attributes_mask;
    StatxTime accessed, born, changed, modified;
    std::uint32_t special_major, special_minor, device_major, device_minor;
    std::uint64_t mount_id, reserved[13];
};
static_assert(sizeof(Statx) == 256);
inline constexpr std::uint32_t statx_basic = 0x7ff;

inline constexpr std::size_t statfs_bytes = 120, statfs_flags_at = 80;

inline constexpr std::size_t path_max = 4096;  // with NUL
inline constexpr std::size_t name_max = 255;
inline constexpr unsigned links_max = 40;  // symbolic links followed in one path
inline constexpr std::uint64_t file_size_max = 0x7fff'ffff'ffff'ffff;

}  // namespace axo::vfs::abi
