// The registers of a process as text.
#include "arch/registers.hpp"

#include "kernel/arch/arch.hpp"

namespace axo::kernel::arch {

void log_registers(const Registers &r) {
    using Word = unsigned long;
    log("    rip %#lx rsp %#lx rbp %#lx flags %#lx\n", static_cast<Word>(r.rip), static_cast<Word>(r.rsp),
        static_cast<Word>(r.rbp), static_cast<Word>(r.rflags));
    log("    rax %#lx rbx %#lx rcx %#lx rdx %#lx rsi %#lx rdi %#lx\n", static_cast<Word>(r.rax),
        static_cast<Word>(r.rbx), static_cast<Word>(r.rcx), static_cast<Word>(r.rdx), static_cast<Word>(r.rsi),
        static_cast<Word>(r.rdi));
}

}  // namespace axo::kernel::arch
