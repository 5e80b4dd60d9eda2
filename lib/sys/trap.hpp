// The doors into the kernel. Everything else in lib/sys is built on them; host tests link fakes of
// these functions (test/host/fake/fake_sys.cpp) in place of trap.cpp.
#pragma once

#include "axo/error.hpp"
#include "axo/ipc.hpp"
#include "axo/kernel_call.hpp"

namespace axo::sys {

struct TrapResult {
    std::int64_t value;    // >= 0, or the negative Error
    std::uint64_t second;  // kernel calls: rdx; REPLY_RECEIVE, SENDA_RECEIVE: the wire status of the sending half
};

/// An IPC trap that only sends: send, notify, sendnb, senda.
std::int64_t send_trap(IpcCall call, Endpoint peer, const Message &message);
/// RECEIVE. The message means something only on success.
std::int64_t receive_trap(Endpoint from, Message &message);
/// SENDREC, REPLY_RECEIVE and SENDA_RECEIVE: `out` goes to `peer`, `in` comes; both may be the same.
TrapResult exchange_trap(IpcCall call, Endpoint peer, Endpoint from, const Message &out, Message &in);

/// One kernel call.
TrapResult kernel_trap(KernelCall call, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                       std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0);

}  // namespace axo::sys
