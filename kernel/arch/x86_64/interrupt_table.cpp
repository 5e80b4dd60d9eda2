// The IDT over the stubs of entry.asm, and the dispatch of what interrupts the kernel itself.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/pic.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/arch/x86_64/segments.hpp"
#include "kernel/arch/x86_64/time.hpp"
#include "kernel/arch/x86_64/trap_frame.hpp"
#include "kernel/arch/x86_64/vectors.hpp"

namespace axo::kernel::arch {
namespace {

/// SDM volume 3, figure 6-8.
struct Gate {
    std::uint16_t offset_low, selector;
    std::uint8_t own_stack, type;
    std::uint16_t offset_middle;
    std::uint32_t offset_high, reserved;
};
static_assert(sizeof(Gate) == 16);

struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};

constexpr unsigned vectors = 256;
constexpr std::uint8_t interrupt_gate = 0x8e, user_gate = 0xee;

Gate table[vectors];

constexpr std::uint8_t own_stack_of(unsigned vector) {
    switch (vector) {
        case nmi_vector: return 1;
        case double_fault_vector: return 2;
        case machine_check_vector: return 3;
        default: return 0;
    }
}

Gate make_gate(unsigned vector) {
    const std::uint64_t stub = exception_stubs[vector];
    // User mode may raise these two by instruction (int3, into).
    const bool for_user = vector == breakpoint_vector || vector == overflow_vector;
    return {static_cast<std::uint16_t>(stub),
            kernel_code_selector,
            own_stack_of(vector),
            for_user ? user_gate : interrupt_gate,
            static_cast<std::uint16_t>(stub >> 16),
            static_cast<std::uint32_t>(stub >> 32),
            0};
}

}  // namespace

void enable_interrupt_table() {
    for (unsigned vector = 0; vector < vectors; ++vector) table[vector] = make_gate(vector);
    const TablePointer pointer{sizeof table - 1, reinterpret_cast<std::uint64_t>(table)};
    asm volatile("lidt %0" : : "m"(pointer));
}

}  // namespace axo::kernel::arch

using namespace axo::kernel;

extern "C" void kernel_interrupt(unsigned vector) {
    if (vector >= arch::first_pic_vector && vector < arch::first_pic_vector + arch::pic_lines) {
        const unsigned line = vector - arch::first_pic_vector;
        if (arch::take_pic_interrupt(line)) irq_fired(line);
        return;
    }
    if (vector == arch::apic_spurious_vector) return;  // needs no end of interrupt (SDM volume 3, 10.9)
    arch::end_apic_interrupt();
    if (vector == arch::apic_timer_vector && arch::timer_is_due()) timer_fired();
}

extern "C" void kernel_trap(TrapFrame *frame) {
    if (frame->vector >= arch::first_interrupt_vector) return kernel_interrupt(static_cast<unsigned>(frame->vector));
    std::uint64_t address = 0;
    if (frame->vector == arch::page_fault_vector) asm volatile("mov %%cr2, %0" : "=r"(address));
    kernel_exception(*frame, static_cast<unsigned>(frame->vector), frame->error, address);
}
