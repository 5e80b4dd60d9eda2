// The two doors into the kernel. Everything else in lib/sys is built on them; host tests link fakes
// of these two functions (test/host/fake_sys.cpp) in place of trap.cpp.
#pragma once

#include "axo/error.hpp"
#include "axo/ipc.hpp"
#include "axo/kernel_call.hpp"

namespace axo::sys {

struct TrapResult {
    std::int64_t value;    // >= 0, or the negative Error
    std::uint64_t second;  // kernel calls: rdx; REPLY_RECEIVE: the wire status of the reply half
};

/// One IPC trap: `message` goes out and, where the call receives, is replaced by what came.
TrapResult ipc_trap(IpcCall call, Endpoint peer, Endpoint receive_from, Message &message);

/// One kernel call.
TrapResult kernel_trap(KernelCall call, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                       std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0);

/// The processor's time-stamp counter.
std::uint64_t timestamp();

}  // namespace axo::sys
