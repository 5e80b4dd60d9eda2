// The traps, by the register convention of include/axo/ipc.hpp and kernel_call.hpp.
#include "lib/sys/trap.hpp"

#include <cstddef>

namespace axo::sys {

// A message's first word in memory is the header register: source, type, flags.
static_assert(offsetof(Message, type) == 4 && offsetof(Message, flags) == 6 && offsetof(Message, tag) == 8 &&
              offsetof(Message, words) == 16);

namespace {

std::uint64_t call_word(IpcCall call, Endpoint peer) {
    return static_cast<std::uint64_t>(call) | std::uint64_t{peer.value} << 32;
}

std::uint64_t header_of(const Message &message) {
    std::uint64_t header;
    __builtin_memcpy(&header, &message, sizeof header);
    return header;
}

}  // namespace

std::int64_t send_trap(IpcCall call, Endpoint peer, const Message &message) {
    register std::uint64_t rax asm("rax") = call_word(call, peer);
    register std::uint64_t rdi asm("rdi") = endpoint::none.value;
    register std::uint64_t rsi asm("rsi") = header_of(message);
    register std::uint64_t rdx asm("rdx") = message.tag;
    register std::uint64_t r8 asm("r8") = message.words[0];
    register std::uint64_t r9 asm("r9") = message.words[1];
    register std::uint64_t r10 asm("r10") = message.words[2];
    register std::uint64_t r12 asm("r12") = message.words[3];
    register std::uint64_t r13 asm("r13") = message.words[4];
    register std::uint64_t r14 asm("r14") = message.words[5];
    register std::uint64_t r15 asm("r15") = message.words[6];
    asm volatile("syscall"
                 : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r12), "+r"(r13),
                   "+r"(r14), "+r"(r15)
                 :
                 : "rcx", "r11", "memory");
    return static_cast<std::int64_t>(rax);
}

std::int64_t receive_trap(Endpoint from, Message &message) {
    register std::uint64_t rax asm("rax") = call_word(IpcCall::receive, from);
    register std::uint64_t rsi asm("rsi");
    register std::uint64_t rdx asm("rdx");
    register std::uint64_t r8 asm("r8");
    register std::uint64_t r9 asm("r9");
    register std::uint64_t r10 asm("r10");
    register std::uint64_t r12 asm("r12");
    register std::uint64_t r13 asm("r13");
    register std::uint64_t r14 asm("r14");
    register std::uint64_t r15 asm("r15");
    asm volatile("syscall"
                 : "+r"(rax), "=r"(rsi), "=r"(rdx), "=r"(r8), "=r"(r9), "=r"(r10), "=r"(r12), "=r"(r13), "=r"(r14),
                   "=r"(r15)
                 :
                 : "rcx", "r11", "rdi", "memory");
    const std::uint64_t header = rsi;
    __builtin_memcpy(static_cast<void *>(&message), &header, sizeof header);
    message.tag = rdx;
    message.words[0] = r8;
    message.words[1] = r9;
    message.words[2] = r10;
    message.words[3] = r12;
    message.words[4] = r13;
    message.words[5] = r14;
    message.words[6] = r15;
    return static_cast<std::int64_t>(rax);
}

TrapResult exchange_trap(IpcCall call, Endpoint peer, Endpoint from, const Message &out, Message &in) {
    register std::uint64_t rax asm("rax") = call_word(call, peer);
    register std::uint64_t rdi asm("rdi") = from.value;
    register std::uint64_t rsi asm("rsi") = header_of(out);
    register std::uint64_t rdx asm("rdx") = out.tag;
    register std::uint64_t r8 asm("r8") = out.words[0];
    register std::uint64_t r9 asm("r9") = out.words[1];
    register std::uint64_t r10 asm("r10") = out.words[2];
    register std::uint64_t r12 asm("r12") = out.words[3];
    register std::uint64_t r13 asm("r13") = out.words[4];
    register std::uint64_t r14 asm("r14") = out.words[5];
    register std::uint64_t r15 asm("r15") = out.words[6];
    asm volatile("syscall"
                 : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r12), "+r"(r13),
                   "+r"(r14), "+r"(r15)
                 :
                 : "rcx", "r11", "memory");
    const std::uint64_t header = rsi;
    __builtin_memcpy(static_cast<void *>(&in), &header, sizeof header);
    in.tag = rdx;
    in.words[0] = r8;
    in.words[1] = r9;
    in.words[2] = r10;
    in.words[3] = r12;
    in.words[4] = r13;
    in.words[5] = r14;
    in.words[6] = r15;
    return {static_cast<std::int64_t>(rax), rdi};
}

TrapResult kernel_trap(KernelCall call, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                       std::uint64_t e, std::uint64_t f) {
    register std::uint64_t rax asm("rax") = number_of(call);
    register std::uint64_t rdi asm("rdi") = a;
    register std::uint64_t rsi asm("rsi") = b;
    register std::uint64_t rdx asm("rdx") = c;
    register std::uint64_t r10 asm("r10") = d;
    register std::uint64_t r8 asm("r8") = e;
    register std::uint64_t r9 asm("r9") = f;
    asm volatile("syscall"
                 : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                 :
                 : "rcx", "r11", "memory");
    return {static_cast<std::int64_t>(rax), rdx};
}

}  // namespace axo::sys
