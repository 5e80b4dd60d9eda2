// An exception inside the kernel is a fault of ours: everything known about it is printed, and the machine stops.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/trap_frame.hpp"
#include "kernel/text/panic.hpp"

namespace axo::kernel {
namespace {

void print_registers(const TrapFrame &f) {
    log("rip %016lx  rsp %016lx  rbp %016lx  flags %08lx\n", f.rip, f.rsp, f.rbp, f.rflags);
    log("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", f.rax, f.rbx, f.rcx, f.rdx);
    log("rsi %016lx  rdi %016lx  r8  %016lx  r9  %016lx\n", f.rsi, f.rdi, f.r8, f.r9);
    log("r10 %016lx  r11 %016lx  r12 %016lx  r13 %016lx\n", f.r10, f.r11, f.r12, f.r13);
    log("r14 %016lx  r15 %016lx  cs %04lx  ss %04lx\n", f.r14, f.r15, f.cs, f.ss);
}

const char *name_of(unsigned vector) {
    static constexpr const char *names[] = {
        "division error",
        "debug exception",
        "non-maskable interrupt",
        "breakpoint",
        "overflow",
        "bound exceeded",
        "invalid instruction",
        "no FPU",
        "double fault",
        "coprocessor overrun",
        "invalid task state",
        "segment not present",
        "stack fault",
        "general protection fault",
        "page fault",
        "exception 15",
        "FPU error",
        "misaligned access",
        "machine check",
        "SIMD error",
        "virtualization exception",
        "control protection",
    };
    return vector < sizeof names / sizeof names[0] ? names[vector] : "exception";
}

}  // namespace

void kernel_exception(const TrapFrame &frame, unsigned vector, std::uint64_t error, std::uint64_t address) {
    begin_stop();
    log("\naxolotl: kernel panic: %s (vector %u, error 0x%lx, address 0x%lx)\n", name_of(vector), vector, error,
        address);
    print_registers(frame);
    print_backtrace(frame.rip, frame.rbp);
    end_stop(ExitCode::kernel_panic);
}

}  // namespace axo::kernel
