// What assembly knows of C++: fields of Process, Registers and the blocks of a processor, and some numbers. The
// compiler works out this text; the build takes the section `.assembly` out of the object and NASM includes it
// (offsets.inc).
#include "arch/registers.hpp"
#include "kernel/arch/x86_64/ports.hpp"
#include "kernel/arch/x86_64/processor_block.hpp"
#include "kernel/arch/x86_64/segments.hpp"
#include "kernel/kernel.hpp"
#include "kernel/kernel_call.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace axo::kernel::arch {
namespace {

struct Definition {
    std::string_view name;
    std::uint64_t value;
};

constexpr std::uint64_t number(IpcCall call) { return static_cast<std::uint64_t>(call); }

constexpr Definition definitions[] = {
    {"PER_CPU_STACK_TOP", offsetof(ProcessorBlock, kernel_stack_top)},
    {"PER_CPU_USER_RSP", offsetof(ProcessorBlock, user_rsp_scratch)},
    {"PER_CPU_CURRENT", offsetof(ProcessorBlock, current)},
    {"SCHEDULER_ASK", offsetof(PerCpu, scheduler.ask)},

    {"R_RAX", offsetof(Process, registers.rax)},
    {"R_RBX", offsetof(Process, registers.rbx)},
    {"R_RCX", offsetof(Process, registers.rcx)},
    {"R_RDX", offsetof(Process, registers.rdx)},
    {"R_RSI", offsetof(Process, registers.rsi)},
    {"R_RDI", offsetof(Process, registers.rdi)},
    {"R_RBP", offsetof(Process, registers.rbp)},
    {"R_RSP", offsetof(Process, registers.rsp)},
    {"R_R8", offsetof(Process, registers.r8)},
    {"R_R9", offsetof(Process, registers.r9)},
    {"R_R10", offsetof(Process, registers.r10)},
    {"R_R11", offsetof(Process, registers.r11)},
    {"R_R12", offsetof(Process, registers.r12)},
    {"R_R13", offsetof(Process, registers.r13)},
    {"R_R14", offsetof(Process, registers.r14)},
    {"R_R15", offsetof(Process, registers.r15)},
    {"R_RIP", offsetof(Process, registers.rip)},
    {"R_RFLAGS", offsetof(Process, registers.rflags)},

    {"P_RUN_FLAGS", offsetof(Process, run_flags)},
    {"P_IS_USER", offsetof(Process, is_user)},
    {"P_FULL_RESTORE", offsetof(Process, full_restore)},
    {"P_PRIVILEGE", offsetof(Process, privilege)},
    {"P_CALL_PROGRESS", offsetof(Process, call_progress)},
    {"PRIVILEGE_KERNEL_CALLS", offsetof(Privilege, rights.kernel_calls)},

    {"IPC_SENDREC", number(IpcCall::sendrec)},
    {"IPC_REPLY_RECEIVE", number(IpcCall::reply_receive)},
    {"IPC_NOTIFY", number(IpcCall::notify)},
    {"IPC_SENDA_RECEIVE", number(IpcCall::senda_receive)},
    {"FIRST_KERNEL_CALL", first_kernel_call},
    {"KERNEL_CALLS", call_count},
    {"USER_DATA", user_data_selector},
    {"USER_CODE", user_code_selector},
    {"MSR_GS_BASE", msr::gs_base},
};
static_assert(number_of(KernelCall::null) == first_kernel_call);

constexpr std::string_view start = "%define ";
constexpr unsigned digits = 10;  // all values are 32 bits wide

constexpr std::size_t text_bytes() {
    std::size_t bytes = 0;
    for (const Definition &one : definitions) bytes += start.size() + one.name.size() + 1 + digits + 1;
    return bytes;
}

consteval std::array<char, text_bytes()> make_text() {
    std::array<char, text_bytes()> text{};
    std::size_t at = 0;
    const auto put = [&](std::string_view part) {
        for (const char c : part) text[at++] = c;
    };
    for (const Definition &one : definitions) {
        put(start);
        put(one.name);
        put(" ");
        std::uint64_t left = one.value;
        for (unsigned i = digits; i > 0; --i, left /= 10) text[at + i - 1] = static_cast<char>('0' + left % 10);
        at += digits;
        put("\n");
    }
    return text;
}

[[gnu::section(".assembly"), gnu::used]] constexpr std::array<char, text_bytes()> text = make_text();

}  // namespace
}  // namespace axo::kernel::arch
