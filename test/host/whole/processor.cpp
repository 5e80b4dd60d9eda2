// Ways in and out. Two ways in: behind axo_trap only the stack pointer counts, the rest was pushed; anywhere else all
// registers are restored, by a breakpoint whose signal handler rewrites them. Three ways out: axo_trap, which jumps to
// where run() waits; a fault, whose handler does the same; and a miss of the map, which is mended and seen by nobody.
#include "test/host/whole/processor.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "axo/layout.hpp"
#include "kernel/process/process.hpp"
#include "test/host/whole/machine.hpp"

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
std::uint64_t axo_user_rsp, axo_kernel_rsp;  // each written on the way out, and in, and read on the other

void __asan_unpoison_memory_region(const volatile void *start, std::size_t bytes);
}

namespace axo::whole {

namespace {

using kernel::Process;
using kernel::Registers;

constexpr unsigned page_fault = 14;
constexpr std::uint64_t fault_write = 2, fault_user = 4;
constexpr int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

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

[[noreturn]] void host_fault(int signal, std::uint64_t address, const ucontext_t &context) {
    std::fprintf(stderr, "signal %d in the host's own code: address %lx at %llx\n%s", signal, address,
                 context.uc_mcontext.gregs[REG_RIP], Machine::current().trace.tail().c_str());
    std::fprintf(stderr, "%s", Machine::current().console.c_str());
    std::abort();
}

void hand_on(int signal, siginfo_t *info, void *context) {
    Machine::current().processor.on_fault(signal, reinterpret_cast<std::uint64_t>(info->si_addr),
                                          *static_cast<ucontext_t *>(context));
}

}  // namespace

Processor::Processor(Mmu &mmu) : mmu_(mmu), signal_stack_(256 * 1024) {
    const stack_t alternate{.ss_sp = signal_stack_.data(), .ss_flags = 0, .ss_size = signal_stack_.size()};
    sigaltstack(&alternate, &stack_before_);
    struct sigaction action {};
    action.sa_sigaction = hand_on;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (const int signal : faults) sigaction(signal, &action, nullptr);
}

Processor::~Processor() {
    for (const int fault : faults) signal(fault, SIG_DFL);
    sigaltstack(&stack_before_, nullptr);
}

void Processor::restore_all(ucontext_t &context) {
    restore(inside_->registers, context);
    const auto kept = extended_state_.find(inside_->root);
    if (kept != extended_state_.end()) {
        std::memcpy(context.uc_mcontext.fpregs, kept->second.data(), kept->second.size());
        extended_state_.erase(kept);
    }
    mode_ = Mode::user;
}

void Processor::to_kernel(ucontext_t &context, const Exit &exit) {
    save(context, inside_->registers);
    const auto *state = reinterpret_cast<const std::byte *>(context.uc_mcontext.fpregs);
    extended_state_[inside_->root].assign(state, state + extended_bytes(context));
    last_exit_ = exit;
    mode_ = Mode::kernel;
    context.uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(axo_leave);
}

void Processor::on_fault(int signal, std::uint64_t address, ucontext_t &context) {
    if (signal == SIGTRAP && mode_ == Mode::restoring) return restore_all(context);
    if (mode_ != Mode::user) host_fault(signal, address, context);
    if (signal != SIGSEGV) {
        const unsigned vector = signal == SIGFPE ? 0 : signal == SIGILL ? 6 : 3;
        return to_kernel(context, {true, vector, 0, 0});
    }
    const auto error = static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_ERR]);
    if (mmu_.fill(inside_->root, address, (error & fault_write) != 0)) return;
    to_kernel(context, {true, page_fault, error | fault_user, address});
}

Exit Processor::run(Process &process) {
    inside_ = &process;
    shadow_.enter(process.root);
    last_root_[process.slot()] = process.root;
    last_exit_ = {};
    trap_ = &traps_[process.root];
    if (is_at_trap(process)) {
        *trap_ = process.registers;
        mode_ = Mode::user;
        axo_resume(process.registers.rsp, process.registers.rip);
    } else {
        mode_ = Mode::restoring;
        axo_resume_all();
    }
    mode_ = Mode::kernel;
    if (!last_exit_.exception) {
        const Registers before = process.registers;
        process.registers = *trap_;
        process.registers.rflags = before.rflags;
        process.registers.fs_base = before.fs_base;
        process.registers.gs_base = before.gs_base;
        process.registers.rsp = axo_user_rsp;
        process.registers.rip = reinterpret_cast<std::uint64_t>(axo_trap_return);
    }
    shadow_.leave(process.registers.rsp);
    return last_exit_;
}

void Processor::forget(const Process &process) {
    extended_state_.erase(process.root);
    traps_.erase(process.root);
    shadow_.forget(process.root);
    const auto last = last_root_.extract(process.slot());
    if (!last.empty()) shadow_.forget(last.mapped());
}

bool Processor::is_at_trap(const Process &process) {
    const std::uint64_t rip = process.registers.rip;
    return rip == reinterpret_cast<std::uint64_t>(axo_trap_return) ||
           rip == reinterpret_cast<std::uint64_t>(axo_trap_again);
}

void Processor::take_back_trap(Process &process) {
    process.registers.rip = reinterpret_cast<std::uint64_t>(axo_trap_again);
}

void begin_stack() {
    const auto here = reinterpret_cast<std::uint64_t>(__builtin_frame_address(0));
    __asan_unpoison_memory_region(reinterpret_cast<void *>(stack_bottom), here - stack_bottom);
}

}  // namespace axo::whole
