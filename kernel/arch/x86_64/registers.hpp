// User registers of a process as entry.asm saves them, and where IPC, kernel calls and Linux calls keep their parts.
// The order is that of Context, so that one copy serves get_context. Plain data: the host tests compile it too.
#pragma once

#include "axo/ipc.hpp"

#include <cstddef>

namespace axo::kernel {

struct Registers {
    std::uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    std::uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    std::uint64_t rip, rflags, fs_base, gs_base;

    void set_result(std::int64_t value) { rax = static_cast<std::uint64_t>(value); }
    void set_second_result(std::uint64_t value) { rdx = value; }
    std::uint64_t trap_word() const { return rax; }
    Endpoint trap_peer() const { return {static_cast<std::uint32_t>(rax >> 32)}; }
    Endpoint trap_receive_from() const { return {static_cast<std::uint32_t>(rdi)}; }
    void set_reply_status(std::int64_t value) { rdi = static_cast<std::uint64_t>(value); }

    /// Arguments of a kernel call or of a Linux call: the same six registers.
    std::uint64_t argument(unsigned n) const {
        const std::uint64_t values[6] = {rdi, rsi, rdx, r10, r8, r9};
        return values[n];
    }

    /// The message a system process' trap sends; source and the kernel's flags are still to be filled in.
    Message outgoing() const {
        return {.source = endpoint::none,
                .type = static_cast<std::uint16_t>(rsi >> 32),
                .flags = static_cast<std::uint16_t>((rsi >> 48) & message_flag::sender_mask),
                .tag = rdx,
                .words = {r8, r9, r10, r12, r13, r14, r15}};
    }

    /// Hands a received message to a system process.
    void put(const Message &message) {
        rax = 0;
        rsi = static_cast<std::uint64_t>(message.flags) << 48 | static_cast<std::uint64_t>(message.type) << 32 |
              message.source.value;
        rdx = message.tag;
        r8 = message.words[0];
        r9 = message.words[1];
        r10 = message.words[2];
        r12 = message.words[3];
        r13 = message.words[4];
        r14 = message.words[5];
        r15 = message.words[6];
    }

    /// Makes the process issue its Linux call again: back over the two bytes of `syscall`, the number in rax.
    void rewind_call(std::uint64_t number) {
        rip -= 2;
        rax = number;
    }
};
static_assert(offsetof(Registers, rip) == 128 && sizeof(Registers) == 160);

}  // namespace axo::kernel
