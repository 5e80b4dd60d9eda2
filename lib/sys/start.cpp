// The first instructions of every system process, and what the compiler expects a runtime to have.
#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

int main();

using Initializer = void (*)();
extern "C" {
extern const Initializer axo_init_array_start[], axo_init_array_end[];

[[noreturn]] void axo_start_process();
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
    movabsq $0x7fffffffefe0, %rsp
    xorl %ebp, %ebp
    pushq $0
    pushq $0
    pushq %rbp
    jmp axo_start_process
    .text
)");
static_assert(axo::layout::start_record == 0x7fff'ffff'efe0);

extern "C" {

void axo_start_process() {
    for (const Initializer *next = axo_init_array_start; next != axo_init_array_end; ++next) (*next)();
    axo::sys::exit(main());
}

void abort() { axo::sys::panic("abort"); }
void __cxa_pure_virtual() { axo::sys::panic("pure virtual call"); }
// Nothing of a service is destroyed at its end.
int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }
}

// Virtual destructors name these; nothing calls them, since objects come from heaps.
void operator delete(void *) noexcept { axo::sys::panic("operator delete"); }
void operator delete(void *, std::size_t) noexcept { axo::sys::panic("operator delete"); }
