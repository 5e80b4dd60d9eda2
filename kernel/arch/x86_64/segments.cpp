// GDT, TSS and per-processor data of the boot processor.
#include "kernel/arch/x86_64/segments.hpp"

#include "kernel/arch/x86_64/ports.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/arch/x86_64/processor_block.hpp"

extern "C" char boot_stack_top[];

namespace axo::kernel::arch {
namespace {

constexpr std::size_t own_stack_bytes = 4096;

ProcessorBlock boot_processor;
/// For NMI, double fault and machine check, which cannot trust the stack they strike on.
alignas(16) char own_stacks[3][own_stack_bytes];

constexpr std::uint64_t code = 0x0020'9a00'0000'0000, data = 0x0000'9200'0000'0000;  // long mode; present
constexpr std::uint64_t for_user = 3ull << 45;
constexpr std::uint64_t busy_tss = 0x89ull << 40;

struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};

void fill_task_state(ProcessorBlock &cpu) {
    for (unsigned i = 0; i < 3; ++i)
        cpu.task_state.ist[i] = reinterpret_cast<std::uint64_t>(own_stacks[i] + own_stack_bytes);
    cpu.task_state.rsp[0] = cpu.kernel_stack_top;
    cpu.task_state.io_map_base = sizeof(TaskState);
}

void fill_gdt(ProcessorBlock &cpu) {
    const std::uint64_t base = reinterpret_cast<std::uint64_t>(&cpu.task_state);
    cpu.gdt[kernel_code_selector / 8] = code;
    cpu.gdt[kernel_data_selector / 8] = data;
    cpu.gdt[user_data_selector / 8] = data | for_user;
    cpu.gdt[user_code_selector / 8] = code | for_user;
    cpu.gdt[tss_selector / 8] =
        busy_tss | (sizeof(TaskState) - 1) | (base & 0xff'ffff) << 16 | (base >> 24 & 0xff) << 56;
    cpu.gdt[tss_selector / 8 + 1] = base >> 32;
}

}  // namespace

void enable_segments() {
    boot_processor.self = &boot_processor;
    boot_processor.kernel_stack_top = reinterpret_cast<std::uint64_t>(boot_stack_top);
    fill_task_state(boot_processor);
    fill_gdt(boot_processor);
    const TablePointer pointer{sizeof boot_processor.gdt - 1, reinterpret_cast<std::uint64_t>(boot_processor.gdt)};
    asm volatile("lgdt %0" : : "m"(pointer));
    asm volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1: mov %1, %%ss"
                 :
                 : "i"(kernel_code_selector), "r"(static_cast<std::uint32_t>(kernel_data_selector))
                 : "rax", "memory");
    asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs" : : "r"(0));
    asm volatile("ltr %0" : : "r"(tss_selector));
    write_msr(msr::gs_base, reinterpret_cast<std::uint64_t>(&boot_processor));
    write_msr(msr::kernel_gs_base, 0);
}

}  // namespace axo::kernel::arch
