// Registers and backtrace of a dying process. Addresses are the program's own; the tools have its symbols.
#include "kernel/text/diagnose.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/text/log.hpp"

namespace axo::kernel {
namespace {

using Word = unsigned long;

/// An aligned word of the stack.
bool peek_word(const Process &process, std::uint64_t address, std::uint64_t &value) {
    return address % sizeof value == 0 && peek(process, {address}, &value, sizeof value);
}

void log_backtrace(const Process &process) {
    constexpr unsigned most = 16;
    std::uint64_t frame = process.registers.frame(), address = 0, next = 0;
    for (unsigned i = 0; i < most && peek_word(process, frame + 8, address) && peek_word(process, frame, next); ++i) {
        log("    from %#lx\n", static_cast<Word>(address));
        if (next <= frame) return;
        frame = next;
    }
}

}  // namespace

void log_process(Process &process) {
    the_kernel.log.last_death = the_kernel.log.ring.end();
    log("  %s (%u.%u): exception %lu, error %#lx, address %#lx\n", process.name, process.endpoint.slot(),
        process.endpoint.generation(), static_cast<Word>(process.fault_vector), static_cast<Word>(process.fault_error),
        static_cast<Word>(process.fault_address));
    arch::log_registers(process.registers);
    log_backtrace(process);
}

void show_last_death() {
    char text[256];
    LogRing::Read part = the_kernel.log.ring.read(the_kernel.log.last_death, text);
    for (; part.bytes != 0; part = the_kernel.log.ring.read(part.next, text)) arch::debug_write(text, part.bytes);
}

}  // namespace axo::kernel
