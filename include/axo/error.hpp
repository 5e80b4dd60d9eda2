// Error numbers and Result. POSIX numbers where POSIX has one, so that a server's answer can go
// into a Linux program's errno unchanged; our own start at 512 and never reach a user program.
#pragma once

#include <cstdint>
#include <expected>

namespace axo {

enum class Error : std::int32_t {
    not_permitted = 1,      // EPERM
    no_entry = 2,           // ENOENT
    no_process = 3,         // ESRCH
    interrupted = 4,        // EINTR
    io = 5,                 // EIO
    no_device_address = 6,  // ENXIO
    too_big = 7,            // E2BIG
    no_exec = 8,            // ENOEXEC
    bad_descriptor = 9,     // EBADF
    no_child = 10,          // ECHILD
    again = 11,             // EAGAIN
    no_memory = 12,         // ENOMEM
    access = 13,            // EACCES
    fault = 14,             // EFAULT
    not_block = 15,         // ENOTBLK
    busy = 16,              // EBUSY
    exists = 17,            // EEXIST
    cross_device = 18,      // EXDEV
    no_device = 19,         // ENODEV
    not_directory = 20,     // ENOTDIR
    is_directory = 21,      // EISDIR
    invalid = 22,           // EINVAL
    table_full = 23,        // ENFILE
    too_many_files = 24,    // EMFILE
    not_tty = 25,           // ENOTTY
    text_busy = 26,         // ETXTBSY
    file_too_big = 27,      // EFBIG
    no_space = 28,          // ENOSPC
    illegal_seek = 29,      // ESPIPE
    read_only = 30,         // EROFS
    too_many_links = 31,    // EMLINK
    broken_pipe = 32,       // EPIPE
    domain = 33,            // EDOM
    range = 34,             // ERANGE
    deadlock = 35,          // EDEADLK: blocking would close a cycle (ELOCKED of ref 1.7)
    name_too_long = 36,     // ENAMETOOLONG
    no_syscall = 38,        // ENOSYS
    not_empty = 39,         // ENOTEMPTY
    loop = 40,              // ELOOP
    overflow = 75,          // EOVERFLOW
    not_socket = 88,        // ENOTSOCK
    not_supported = 95,     // EOPNOTSUPP
    timed_out = 110,        // ETIMEDOUT
    // Ours.
    service_restarted = 512,  // ERESTART of ref 0.4: the service was restarted or rolled back
    call_denied = 513,        // not in the caller's mask
    dead_peer = 514,          // the peer is not alive (EDEADSRCDST)
    not_ready = 515,          // the peer is not receiving (ENOTREADY)
    bad_request = 516,        // no such kernel call
    trap_denied = 517,        // IPC primitive not in the caller's trap mask
    would_block = 518,        // the pair's bound of buffered messages is reached
    absent = 519,             // file content is missing in the page; ask VM to bring it in
    restart_call = 520,       // internal: the Linux call is to be issued again (ERESTARTSYS)
    tables_needed = 521,      // the kernel's pool of page-table frames is too small; donate
    background = 522,         // the caller's group is not in the foreground of its terminal; ask PM
};

/// A value or an Error; may not be ignored (libstdc++ 12 lets std::expected be dropped silently).
template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;
    constexpr Result(Error error) : std::expected<T, Error>(std::unexpected(error)) {}
};

using Status = Result<void>;

/// Wire form of a Status: 0 or the negative error number, as in Linux' rax.
constexpr std::int64_t to_wire(Error error) { return -static_cast<std::int64_t>(error); }
constexpr std::int64_t to_wire(const Status &status) { return status ? 0 : to_wire(status.error()); }
constexpr Error error_from_wire(std::int64_t wire) { return static_cast<Error>(-wire); }

}  // namespace axo

/// Unwraps a Result inside a function that returns one, or returns its error.
#define TRY(expression)                                      \
    ({                                                       \
        auto try_result_ = (expression);                     \
        if (!try_result_) [[unlikely]]                       \
            return try_result_.error();                      \
        *static_cast<decltype(try_result_) &&>(try_result_); \
    })
