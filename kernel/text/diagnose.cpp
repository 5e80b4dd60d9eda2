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

/// A word of the process' memory if it is there; asks nobody.
bool peek(const Process &process, std::uint64_t address, std::uint64_t &value) {
    if (process.space == nullptr || address % sizeof value != 0 || address >= layout::user_end) return false;
    const auto mapping = process.space->table().query({address});
    if (!mapping || !is_ram(mapping->frame)) return false;
    const auto *page = static_cast<const std::byte *>(arch::ram(mapping->frame));
    value = *reinterpret_cast<const std::uint64_t *>(page + address % page_size);
    return true;
}

void log_backtrace(const Process &process) {
    constexpr unsigned most = 16;
    std::uint64_t frame = process.registers.frame(), address = 0, next = 0;
    for (unsigned i = 0; i < most && peek(process, frame + 8, address) && peek(process, frame, next); ++i) {
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
