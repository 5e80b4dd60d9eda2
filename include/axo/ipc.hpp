// Messages and the eight IPC primitives (plan section 4; semantics ref 1.3 to 1.8, mended).
//
// A message is nine 64-bit registers. It never lies in user memory, so no page fault can happen
// inside IPC. Trap convention of system processes (`syscall` instruction):
//
//   in   rax  IpcCall in bits 0..7, SENDREC/SEND.. peer endpoint in bits 32..63
//        rsi  header: type in bits 32..47, flags in bits 48..63 (bits 0..31 ignored)
//        rdx  tag
//        r8 r9 r10 r12 r13 r14 r15   words 0..6
//        rdi  REPLY_RECEIVE, SENDA_RECEIVE: endpoint to receive from afterwards (bits 0..31)
//             SENDREC: deadline is not a kernel matter; unused
//   out  rax  0 or the negative Error (REPLY_RECEIVE, SENDA_RECEIVE: status of the receive half)
//        rsi rdx r8 r9 r10 r12 r13 r14 r15   the received message; rsi bits 0..31 = source
//        rdi  REPLY_RECEIVE, SENDA_RECEIVE: 0 or the negative Error of the sending half
//        rbx, rbp, rsp kept; rcx, r11 lost; the message registers mean nothing where none was received
//
// A trap with rax bits 0..31 >= 0x100 is a kernel call (kernel_call.hpp).
#pragma once

#include "axo/types.hpp"

namespace axo {

enum class IpcCall : std::uint8_t {
    send = 1,           // block until the receiver took it
    receive = 2,        // block until something comes from the source (or ANY)
    sendrec = 3,        // request and wait for the reply with the same tag
    notify = 4,         // held; merges per sender
    sendnb = 5,         // held: the reply to a waiting SENDREC; not_ready: it does not wait
    reply_receive = 6,  // sendnb of a reply, then receive, in one trap
    senda_receive = 7,  // senda and, unless it is refused, receive, in one trap: the receiver sees a senda
    senda = 16,         // held; buffered by the kernel
};
// A turn of a system process goes from one receiving trap (RECEIVE, REPLY_RECEIVE, SENDA_RECEIVE that is not refused)
// to the next. What is `held` is checked and counted at once, and leaves with the receiving trap that ends the turn,
// all of it together; if the process is struck before, none of it. SEND and SENDREC are not held and end no turn
// (message_flag::ends_turn, overtakes); they are refused as busy where they would overtake what is held for their peer.

constexpr std::uint32_t trap_bit(IpcCall call) { return 1u << static_cast<unsigned>(call); }

namespace message_flag {
inline constexpr std::uint16_t call_mask = 0x003f;    // set by the kernel: the sender's IpcCall
inline constexpr std::uint16_t from_kernel = 0x0040;  // set by the kernel: made by the kernel on behalf of source
inline constexpr std::uint16_t from_user = 0x0080;    // set by the kernel: a Linux call of a user process
inline constexpr std::uint16_t reply = 0x0100;        // set by the sender: answers the request with this tag
// SENDREC: only a message with `reply`, from that peer, with the same tag completes it; one that bears `reply`
// itself is refused (invalid). A `reply` by SEND, SENDNB or REPLY_RECEIVE that matches no waiting caller is
// dropped, counted, and gives not_ready to the sender. A `reply` by SENDA completes a waiting SENDREC or is
// buffered as a message.
inline constexpr std::uint16_t sender_mask = reply;
// Said to the kernel with a SENDREC, received by nobody:
inline constexpr std::uint16_t ends_turn = 0x0200;  // what the turn holds leaves first
inline constexpr std::uint16_t overtakes = 0x0400;  // may come before what the turn holds for the same peer
}  // namespace message_flag

/// Message types: Linux call numbers below 0x200, protocols above (one range of 0x100 each).
namespace message_type {
inline constexpr std::uint16_t axolotl_user_base = 0x1c0;  // our own numbers beside Linux': 0x1c0..0x1ff
inline constexpr std::uint16_t pci = 0x300;
inline constexpr std::uint16_t device = 0x400;
inline constexpr std::uint16_t rs = 0x700;
inline constexpr std::uint16_t ds = 0x800;
inline constexpr std::uint16_t pm = 0x900;
inline constexpr std::uint16_t file_system = 0xa00;
inline constexpr std::uint16_t vfs = 0xb00;
inline constexpr std::uint16_t vm = 0xc00;
inline constexpr std::uint16_t common = 0xe00;  // signal to a service, peer_died, init, ping
inline constexpr std::uint16_t kernel = 0xf00;  // made by the kernel (page fault, memory request)
inline constexpr std::uint16_t notify = 0x1000;
}  // namespace message_type

struct Message {
    Endpoint source;  // filled in by the kernel
    std::uint16_t type;
    std::uint16_t flags;
    std::uint64_t tag;
    std::uint64_t words[7];

    constexpr bool is_reply() const { return (flags & message_flag::reply) != 0; }
    constexpr bool from_kernel() const { return (flags & message_flag::from_kernel) != 0; }
    constexpr bool from_user() const { return (flags & message_flag::from_user) != 0; }
    constexpr IpcCall call() const { return static_cast<IpcCall>(flags & message_flag::call_mask); }
    constexpr bool is_notification() const { return call() == IpcCall::notify; }
    constexpr std::int64_t status() const { return static_cast<std::int64_t>(words[0]); }
};
static_assert(sizeof(Message) == 72);

/// A notification has type message_type::notify. words[0]: pending interrupt bits (from hardware),
/// pending kernel signals (from system), else 0; words[1]: nanoseconds since boot.
/// Kernel signals (ref 0.5), bits of words[0] of a notification from endpoint::system.
namespace kernel_signal {
inline constexpr std::uint64_t log_text = 1u << 0;     // new kernel text in the ring (SIGKMESS)
inline constexpr std::uint64_t manage = 1u << 1;       // managed processes have signals (SIGKSIG)
inline constexpr std::uint64_t manage_self = 1u << 2;  // the manager itself has signals (SIGKSIGSM)
inline constexpr std::uint64_t send_room = 1u << 3;    // a SENDA that got would_block may be tried again
}  // namespace kernel_signal

/// Messages made by the kernel (flag from_kernel, type message_type::kernel + n).
namespace kernel_message {
/// To VM, as a SENDREC of the faulting process: it stays stopped until the reply.
/// words: 0 address, 1 access (fault_access bits), 2 instruction pointer.
/// Reply words[0] = 0: run on. Negative: the process gets SIGSEGV (invalid, fault) or SIGBUS (io).
inline constexpr std::uint16_t page_fault = message_type::kernel + 1;
/// To VM, as a SENDREC of a system process whose kernel call met absent memory.
/// words: 0 target endpoint, 1 address, 2 bytes, 3 access (fault_access bits).
/// Reply words[0] = 0: the call is carried on; negative Error: the call returns it (fault, absent, no_memory).
inline constexpr std::uint16_t memory_request = message_type::kernel + 2;
/// To whoever had an unanswered SENDA request at a process that died. words: 0 endpoint, 1 reason (signal).
inline constexpr std::uint16_t peer_died = message_type::kernel + 3;
/// To VM, as a SENDREC of the process that called safe_map, or safe_unmap or safe_revoke (ref 1.14).
/// map: 0 grantee, 1 its address, 2 bytes, 3 whose memory, 4 address there, 5 fault_access::write or 0.
/// unmap: 0 grantee, 1 its address, 2 bytes; it keeps a copy. Reply as for memory_request.
inline constexpr std::uint16_t map_request = message_type::kernel + 4;
inline constexpr std::uint16_t unmap_request = message_type::kernel + 5;
}  // namespace kernel_message

namespace fault_access {
inline constexpr std::uint64_t present = 1, write = 2, user = 4, execute = 16;  // as the processor's error code
}

}  // namespace axo
