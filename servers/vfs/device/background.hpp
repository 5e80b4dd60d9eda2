// Calls on a terminal by those who are not in its foreground. The terminal knows which group is, VFS in which one the
// caller is, and PM what becomes of the call.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// What a terminal is told of a caller. Group 0: it need not be in the foreground.
struct Terminal {
    std::uint32_t group, session;
};

inline Terminal terminal_of(const Call &call) {
    const Process &process = *call.process;
    return {process.group, process.session ? process.session->id : 0};
}

namespace stop_signal {
inline constexpr std::uint32_t input = 21, output = 22;  // SIGTTIN, SIGTTOU
}

/// The driver answered `background`. Ok: the caller ignores or blocks the signal, and the request may be repeated
/// without its group. Errors: io, restart_call (the group got the signal).
sef::Async<Status> from_background(Ref<Call> call, std::uint32_t signal);

template <typename T>
bool is_error(const Result<T> &answer, Error error) {
    return !answer && answer.error() == error;
}

}  // namespace axo::vfs
