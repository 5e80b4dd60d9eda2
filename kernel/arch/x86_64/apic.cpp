// Local APIC registers (SDM volume 3, table 10-1), by MMIO or as x2APIC by MSR.
#include "kernel/arch/x86_64/apic.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/ports.hpp"
#include "kernel/arch/x86_64/processor.hpp"

namespace axo::kernel::arch {
namespace {

enum Register : std::uint32_t {
    task_priority = 0x80,
    end_of_interrupt = 0xb0,
    spurious = 0xf0,
    timer_entry = 0x320,
    line0 = 0x350,
    line1 = 0x360,
    error_entry = 0x370,
    initial_count = 0x380,
    current_count = 0x390,
    divide = 0x3e0,
};

constexpr std::uint64_t enabled = 1u << 11, as_x2apic = 1u << 10, base_mask = 0x000f'ffff'ffff'f000;
constexpr std::uint32_t software_enable = 0x100, masked = 0x1'0000, external = 0x700, nmi = 0x400, divide_by_1 = 0xb;

bool by_msr;
volatile std::uint32_t *registers;

void write(Register index, std::uint32_t value) {
    if (by_msr)
        write_msr(msr::x2apic + index / 16, value);
    else
        registers[index / 4] = value;
}

std::uint32_t read(Register index) {
    if (by_msr) return static_cast<std::uint32_t>(read_msr(msr::x2apic + index / 16));
    return registers[index / 4];
}

}  // namespace

void start_apic() {
    std::uint64_t base = read_msr(msr::apic_base) | enabled;
    by_msr = (cpu_features() & cpu_feature::x2apic) != 0;
    if (by_msr) base |= as_x2apic;
    write_msr(msr::apic_base, base);
    registers = static_cast<volatile std::uint32_t *>(ram(PhysAddr{base & base_mask}));
    write(task_priority, 0);
    write(line0, external);
    write(line1, nmi);
    write(error_entry, masked);
    write(spurious, software_enable | apic_spurious_vector);
    write(divide, divide_by_1);
    write(timer_entry, apic_timer_vector);
    write(initial_count, 0);
}

void end_apic_interrupt() { write(end_of_interrupt, 0); }
void start_apic_timer(std::uint32_t count) { write(initial_count, count); }
std::uint32_t apic_timer_count() { return read(current_count); }

}  // namespace axo::kernel::arch
