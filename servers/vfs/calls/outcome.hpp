// What a handler of a Linux call returns.
#pragma once

#include "axo/error.hpp"

namespace axo::vfs {

/// The value for rax, an error, or answered_later. An `absent` error makes VFS bring the user memory
/// in that the call met, and issue the call again: a handler may return it only before it changed anything.
using Outcome = Result<std::int64_t>;

/// Not an answer: the call is on a wait list, or a coroutine has it.
inline constexpr Error answered_later{1000};
/// Not an answer either: the call is to be issued again before the next message.
inline constexpr Error issue_again{1001};

/// What a program sees of an error between services: a file system or driver that died is an I/O error.
constexpr Error public_error(Error error) {
    switch (error) {
        case Error::dead_peer:
        case Error::service_restarted:
        case Error::call_denied:
        case Error::background:
        case Error::bad_request: return Error::io;
        default: return error;
    }
}

}  // namespace axo::vfs
