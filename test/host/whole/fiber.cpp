// Ways in and out. Two ways in: behind axo_trap only the stack pointer counts, the rest was pushed; anywhere else all
// registers are restored, by a breakpoint whose signal handler rewrites them. Three ways out: axo_trap, which jumps to
// where run() waits; a fault, whose handler does the same; and a miss of the map, which is mended and seen by nobody.
#include "test/host/whole/fiber.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/personality.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "axo/layout.hpp"
#include "kernel/process/process.hpp"
#include "test/host/whole/machine.hpp"
#include "test/host/whole/mmu.hpp"
#include "test/host/whole/raw_copy.hpp"

// axo_trap_again is two bytes before axo_trap_return, as a `syscall` is: the kernel makes a process issue its call
// again by moving rip back over it.
asm(R"(
    .text
    .globl axo_trap, axo_trap_again, axo_trap_return, axo_resume, axo_resume_all, axo_leave
axo_trap:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
axo_trap_again:
    .byte 0xeb, axo_save - axo_trap_return
axo_trap_return:
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
axo_save:
    movq %rsp, axo_user_rsp(%rip)
axo_leave:
    movq axo_kernel_rsp(%rip), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

axo_resume:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, axo_kernel_rsp(%rip)
    movq %rdi, %rsp
    jmp *%rsi

axo_resume_all:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, axo_kernel_rsp(%rip)
    int3
    ud2
)");

extern "C" {
extern const char axo_trap_again[], axo_trap_return[], axo_leave[];
void axo_resume(std::uint64_t rsp, std::uint64_t rip);
void axo_resume_all();
std::uint64_t axo_user_rsp, axo_kernel_rsp;

void __sanitizer_start_switch_fiber(void **save, const void *bottom, std::size_t size);
void __sanitizer_finish_switch_fiber(void *save, const void **bottom, std::size_t *size);
void __asan_unpoison_memory_region(const volatile void *start, std::size_t bytes);
void __asan_get_shadow_mapping(std::size_t *scale, std::size_t *offset);
}

namespace axo::whole::fiber {

namespace {

using kernel::Process;
using kernel::Registers;

constexpr std::uint64_t stack_bottom = layout::stack_end - layout::user_stack_max;
constexpr unsigned page_fault = 14;
constexpr std::uint64_t fault_write = 2, fault_user = 4;

enum class Mode { kernel, user, restoring };
volatile Mode mode = Mode::kernel;
Exit last_exit;
Process *inside;

/// What a process had beside the registers that the kernel knows, while it is out by an exception. By address space.
std::map<std::uint64_t, std::vector<std::byte>> extended_state;

// ---- the address sanitizer
// ----------------------------------------------------------------------------------------------- All processes have
// their stack at the same addresses, and what the sanitizer knows of these goes by address: it is kept for each like a
// register.

std::map<std::uint64_t, std::vector<std::uint8_t>> stack_shadow;
std::uint64_t shadow_of_root, lowest_used = layout::stack_end;
const void *kernel_stack;
std::size_t kernel_stack_bytes;

std::uint8_t *shadow(std::uint64_t address) {
    static const auto mapping = [] {
        std::pair<std::size_t, std::size_t> found;
        __asan_get_shadow_mapping(&found.first, &found.second);
        return found;
    }();
    return reinterpret_cast<std::uint8_t *>((address >> mapping.first) + mapping.second);
}

void switch_shadow(std::uint64_t root) {
    if (root == shadow_of_root) return;
    std::uint8_t *const start = shadow(lowest_used), *const end = shadow(layout::stack_end);
    if (shadow_of_root != 0) {
        std::vector<std::uint8_t> &keep = stack_shadow[shadow_of_root];
        keep.resize(static_cast<std::size_t>(end - start));
        raw_copy(keep.data(), start, keep.size());
    }
    raw_zero(start, static_cast<std::size_t>(end - start));
    const std::vector<std::uint8_t> &kept = stack_shadow[root];
    raw_copy(end - kept.size(), kept.data(), kept.size());
    shadow_of_root = root;
}

void now_on(const void *bottom, std::size_t bytes) {
    __sanitizer_start_switch_fiber(nullptr, bottom, bytes);
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
}

// ---- faults
// --------------------------------------------------------------------------------------------------------------

void save(const ucontext_t &context, Registers &to) {
    const auto &g = context.uc_mcontext.gregs;
    const auto get = [&](int index) { return static_cast<std::uint64_t>(g[index]); };
    to = {get(REG_RAX), get(REG_RBX), get(REG_RCX), get(REG_RDX), get(REG_RSI), get(REG_RDI), get(REG_RBP),
          get(REG_RSP), get(REG_R8),  get(REG_R9),  get(REG_R10), get(REG_R11), get(REG_R12), get(REG_R13),
          get(REG_R14), get(REG_R15), get(REG_RIP), get(REG_EFL), to.fs_base,   to.gs_base};
}

void restore(const Registers &from, ucontext_t &context) {
    auto &g = context.uc_mcontext.gregs;
    const auto set = [&](int index, std::uint64_t value) { g[index] = static_cast<greg_t>(value); };
    set(REG_RAX, from.rax), set(REG_RBX, from.rbx), set(REG_RCX, from.rcx), set(REG_RDX, from.rdx);
    set(REG_RSI, from.rsi), set(REG_RDI, from.rdi), set(REG_RBP, from.rbp), set(REG_RSP, from.rsp);
    set(REG_R8, from.r8), set(REG_R9, from.r9), set(REG_R10, from.r10), set(REG_R11, from.r11);
    set(REG_R12, from.r12), set(REG_R13, from.r13), set(REG_R14, from.r14), set(REG_R15, from.r15);
    set(REG_RIP, from.rip);
    constexpr std::uint64_t arithmetic = 0xcd5, always = 0x202;
    set(REG_EFL, (from.rflags & arithmetic) | always);
}

/// The extended state as the host's kernel laid it into the signal frame; its size is in reserved words of the old
/// part.
std::size_t extended_bytes(const ucontext_t &context) {
    std::uint32_t words[4];
    std::memcpy(words, reinterpret_cast<const std::byte *>(context.uc_mcontext.fpregs) + 464, sizeof words);
    constexpr std::uint32_t has_more = 0x46505853;
    return words[0] == has_more ? words[1] : 512;
}

void to_kernel(ucontext_t &context, const Exit &exit) {
    save(context, inside->registers);
    const auto *state = reinterpret_cast<const std::byte *>(context.uc_mcontext.fpregs);
    extended_state[inside->root].assign(state, state + extended_bytes(context));
    last_exit = exit;
    mode = Mode::kernel;
    context.uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(axo_leave);
}

[[noreturn]] void host_fault(int signal, std::uint64_t address, const ucontext_t &context) {
    std::fprintf(stderr, "signal %d in the host's own code: address %lx at %llx\n%s", signal, address,
                 context.uc_mcontext.gregs[REG_RIP], Machine::current().trace.tail().c_str());
    std::fprintf(stderr, "%s", Machine::current().console.c_str());
    std::abort();
}

void on_fault(int signal, siginfo_t *info, void *given) {
    auto &context = *static_cast<ucontext_t *>(given);
    const auto address = reinterpret_cast<std::uint64_t>(info->si_addr);
    if (signal == SIGTRAP && mode == Mode::restoring) {
        restore(inside->registers, context);
        const auto kept = extended_state.find(inside->root);
        if (kept != extended_state.end()) {
            std::memcpy(context.uc_mcontext.fpregs, kept->second.data(), kept->second.size());
            extended_state.erase(kept);
        }
        mode = Mode::user;
        return;
    }
    if (mode != Mode::user) host_fault(signal, address, context);
    if (signal != SIGSEGV) {
        const unsigned vector = signal == SIGFPE ? 0 : signal == SIGILL ? 6 : 3;
        return to_kernel(context, {true, vector, 0, 0});
    }
    const auto error = static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_ERR]);
    const bool write = (error & fault_write) != 0;
    if (mmu::fill(inside->root, address, write)) return;
    to_kernel(context, {true, page_fault, error | fault_user, address});
}

/// The host's stack, and what its kernel puts beside it, may lie where processes have theirs: rarely with random
/// addresses, always without (a debugger). Then the program starts again elsewhere, before it has done anything.
[[gnu::constructor]] void move_away(int, char **arguments, char **) {
    constexpr std::uint64_t margin = 64 << 20;
    constexpr const char *tried = "AXO_MOVED_AWAY";
    const auto here = reinterpret_cast<std::uint64_t>(__builtin_frame_address(0));
    if (here < stack_bottom - margin) return;
    const int times = std::getenv(tried) == nullptr ? 0 : std::atoi(std::getenv(tried));
    if (times < 16) {
        setenv(tried, std::to_string(times + 1).c_str(), 1);
        personality(static_cast<unsigned long>(personality(~0ul)) & ~static_cast<unsigned long>(ADDR_NO_RANDOMIZE));
        execv("/proc/self/exe", arguments);
    }
    std::fprintf(stderr, "the host's stack lies where processes have theirs\n");
    std::_Exit(3);
}

}  // namespace

void start() {
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    void *bottom;
    pthread_attr_getstack(&attributes, &bottom, &kernel_stack_bytes);
    kernel_stack = bottom;
    pthread_attr_destroy(&attributes);
    constexpr std::size_t bytes = 256 * 1024;
    const stack_t alternate{.ss_sp = std::malloc(bytes), .ss_flags = 0, .ss_size = bytes};
    sigaltstack(&alternate, nullptr);
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigaction(signal, &action, nullptr);
}

Exit run(Process &process) {
    inside = &process;
    switch_shadow(process.root);
    now_on(reinterpret_cast<const void *>(stack_bottom), layout::user_stack_max);
    const std::uint64_t rip = process.registers.rip;
    last_exit = {};
    const bool behind_trap = rip == reinterpret_cast<std::uint64_t>(axo_trap_return) ||
                             rip == reinterpret_cast<std::uint64_t>(axo_trap_again);
    if (behind_trap) {
        mode = Mode::user;
        axo_resume(process.registers.rsp, rip);
    } else {
        mode = Mode::restoring;
        axo_resume_all();
    }
    mode = Mode::kernel;
    now_on(kernel_stack, kernel_stack_bytes);
    if (!last_exit.exception) {
        process.registers.rsp = axo_user_rsp;
        process.registers.rip = reinterpret_cast<std::uint64_t>(axo_trap_return);
    }
    lowest_used = process.registers.rsp & ~std::uint64_t{63};
    return last_exit;
}

void begin_stack() {
    const auto here = reinterpret_cast<std::uint64_t>(__builtin_frame_address(0));
    __asan_unpoison_memory_region(reinterpret_cast<void *>(stack_bottom), here - stack_bottom);
}

}  // namespace axo::whole::fiber
