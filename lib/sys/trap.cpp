// The two traps, by the register convention of include/axo/ipc.hpp and kernel_call.hpp.
#include "lib/sys/trap.hpp"

#include <cstddef>

#include "lib/sys/ipc.hpp"

namespace axo::sys {

// A message's first word in memory is the header register: source, type, flags.
static_assert(offsetof(Message, type) == 4 && offsetof(Message, flags) == 6 && offsetof(Message, tag) == 8 &&
              offsetof(Message, words) == 16);

TrapResult ipc_trap(IpcCall call, Endpoint peer, Endpoint receive_from, Message &message) {
    std::uint64_t header;
    __builtin_memcpy(&header, &message, sizeof header);
    register std::uint64_t rax asm("rax") = static_cast<std::uint64_t>(call) | std::uint64_t{peer.value} << 32;
    register std::uint64_t rdi asm("rdi") = receive_from.value;
    register std::uint64_t rsi asm("rsi") = header;
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
    header = rsi;
    __builtin_memcpy(static_cast<void *>(&message), &header, sizeof header);
    message.tag = rdx;
    message.words[0] = r8;
    message.words[1] = r9;
    message.words[2] = r10;
    message.words[3] = r12;
    message.words[4] = r13;
    message.words[5] = r14;
    message.words[6] = r15;
    return {static_cast<std::int64_t>(rax), rdi};
}

TrapResult kernel_trap(KernelCall call, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                       std::uint64_t e, std::uint64_t f) {
    flush_reply();
    register std::uint64_t rax asm("rax") = static_cast<std::uint64_t>(call);
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

std::uint64_t timestamp() { return __builtin_ia32_rdtsc(); }

}  // namespace axo::sys
