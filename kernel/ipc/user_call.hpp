// Linux system calls of user processes: routed as messages to the server that PM named for the number.
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

inline constexpr unsigned user_call_numbers = 0x200;

/// The route table; none: no_syscall.
struct RouteTable {
    constexpr RouteTable() {
        for (Endpoint &one : server) one = endpoint::none;
    }

    Endpoint server[user_call_numbers];
    std::uint64_t logged[user_call_numbers / 64] = {};  // numbers whose absence was logged
};

/// A user process executed `syscall`; all registers are saved. It waits afterwards, or has its answer.
void user_call(Process &caller);

/// Its Linux call ended with that value.
void finish_user_call(Process &process, std::int64_t value);

/// A halted process may run again: a call that is to be restarted and that its manager did not touch is issued again.
void restart_if_pending(Process &process);

}  // namespace axo::kernel
