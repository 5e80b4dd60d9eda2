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

}  // namespace axo::vfs
