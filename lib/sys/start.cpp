// The first instructions of every system process, and what the compiler expects a runtime to have.
#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

int main();

using Initializer = void (*)();
extern "C" {
extern const Initializer axo_init_array_start[], axo_init_array_end[];

[[noreturn]] void axo_start_process();
[[noreturn]] void axo_injected_panic();
[[noreturn]] void axo_injected_exit();
[[noreturn]] void abort();
void __cxa_pure_virtual();
void *__dso_handle = nullptr;
int __cxa_atexit(void (*)(void *), void *, void *);
}

// The stack below the start record; zero as return address ends backtraces.
asm(R"(
    .globl _start
    .type _start, @function
    .section .text._start, "ax", @progbits
_start:
    movabsq $0x7fffffffcfe0, %rsp
    xorl %ebp, %ebp
    pushq $0
    pushq $0
    pushq %rbp
    jmp axo_start_process

    .balign 64
axo_fault_table:   # layout.hpp, FaultTable
    .quad 0x746c7561666f7861
    .quad axo_fault_segv, axo_fault_illegal, axo_fault_divide, axo_fault_panic, axo_fault_hang, axo_fault_exit
    .text
)");
// What inject_fault makes a service run. rcx: where it was; its stack is kept behind the red zone, so that a backtrace
// shows it.
asm(R"(
    .macro fault_routine name
    .type axo_fault_\name, @function
axo_fault_\name:
    leaq -128(%rsp), %rsp
    pushq %rcx
    pushq %rbp
    movq %rsp, %rbp
    .endm
    fault_routine segv
    movq $1, 8
    fault_routine illegal
    ud2
    fault_routine divide
    xorl %edx, %edx
    xorl %ecx, %ecx
    movl $1, %eax
    divl %ecx
    fault_routine hang
    jmp .
    fault_routine panic
    andq $-16, %rsp
    call axo_injected_panic
    fault_routine exit
    andq $-16, %rsp
    call axo_injected_exit
)");
static_assert(axo::layout::start_record == 0x7fff'ffff'cfe0);

extern "C" {

void axo_start_process() {
    for (const Initializer *next = axo_init_array_start; next != axo_init_array_end; ++next) (*next)();
    axo::sys::exit(main());
}

void axo_injected_panic() { axo::sys::panic("injected panic"); }
void axo_injected_exit() { axo::sys::exit(1); }
void abort() { axo::sys::panic("abort"); }
void __cxa_pure_virtual() { axo::sys::panic("pure virtual call"); }
// Nothing of a service is destroyed at its end.
int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }
}

// Virtual destructors name these; nothing calls them, since objects come from heaps.
void operator delete(void *) noexcept { axo::sys::panic("operator delete"); }
void operator delete(void *, std::size_t) noexcept { axo::sys::panic("operator delete"); }
