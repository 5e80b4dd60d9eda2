// User registers of a process as entry.asm saves them, and where IPC, kernel calls and Linux calls keep their parts.
// The order is that of Context, so that one copy serves get_context. Plain data: the host tests compile it too.
#pragma once

#include "axo/ipc.hpp"
#include "axo/kernel_call.hpp"
#include "axo/layout.hpp"

#include <cstddef>

namespace axo::kernel {

struct Registers {
    std::uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    std::uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    std::uint64_t rip, rflags, fs_base, gs_base;

    /// Where a program begins: all zeros, interrupts on.
    static Registers at(VirtAddr instruction, VirtAddr stack) {
        Registers registers{};
        registers.rip = instruction.value;
        registers.rsp = stack.value;
        registers.rflags = always_flags;
        return registers;
    }

    std::uint64_t instruction() const { return rip; }
    std::uint64_t frame() const { return rbp; }  // of the chain that a backtrace follows

    /// Addresses that the way out to user mode can load; sp is the program's own business.
    bool can_be_loaded() const {
        return rip < layout::user_end && fs_base < layout::user_end && gs_base < layout::user_end;
    }
    /// Without what a program may not decide: interrupts, port rights, nested tasks.
    void restrict_to_user() { rflags = (rflags & user_flags) | always_flags; }
    /// A trap after the next instruction.
    void single_step(bool on) { rflags = on ? rflags | trap_flag : rflags & ~trap_flag; }
    void set_segment_base(SegmentBase which, std::uint64_t value) {
        (which == SegmentBase::fs ? fs_base : gs_base) = value;
    }
    /// Goes on in a routine, which finds where it was, the value returned, in its first free register.
    std::uint64_t divert(std::uint64_t routine) {
        rcx = rip;
        rip = routine;
        return rcx;
    }

    void set_result(std::int64_t value) { rax = static_cast<std::uint64_t>(value); }
    void set_second_result(std::uint64_t value) { rdx = value; }
    std::uint64_t trap_word() const { return rax; }
    Endpoint trap_peer() const { return {static_cast<std::uint32_t>(rax >> 32)}; }
    Endpoint trap_receive_from() const { return {static_cast<std::uint32_t>(rdi)}; }
    std::uint64_t trap_tag() const { return rdx; }
    std::uint16_t trap_flags() const { return static_cast<std::uint16_t>(rsi >> 48); }
    void set_reply_status(std::int64_t value) { rdi = static_cast<std::uint64_t>(value); }
    /// Type, flags and source of the message that the other registers hold.
    void set_header(std::uint64_t header) { rsi = header; }

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

    /// Hands the Linux call in `from` to its server.
    void put_user_call(std::uint64_t header, std::uint64_t message_tag, const Registers &from) {
        rax = 0;
        rsi = header;
        rdx = message_tag;
        r8 = from.rdi;
        r9 = from.rsi;
        r10 = from.rdx;
        r12 = from.r10;
        r13 = from.r8;
        r14 = from.r9;
        r15 = 0;
    }

    /// Makes the process issue its Linux call again: back over the two bytes of `syscall`, the number in rax.
    void rewind_call(std::uint64_t number) {
        rip -= 2;
        rax = number;
    }

private:
    static constexpr std::uint64_t trap_flag = 0x100;
    static constexpr std::uint64_t user_flags = 0x244dd5;  // ID AC NT OF DF TF SF ZF AF PF CF (not IF, IOPL)
    static constexpr std::uint64_t always_flags = 0x202;   // IF and the bit that is always one
};
static_assert(offsetof(Context, syscall_number) == sizeof(Registers), "one copy serves get_context");

}  // namespace axo::kernel
