// What the portable kernel core asks of the processor, and what the processor's code calls in the
// core. A folder here implements the first half, and the types of arch/*.hpp
// in its include/; the Makefile chooses it, and nothing outside it names a register.
//
// Execution model: one kernel stack per CPU, interrupts off in the kernel. Every entry (syscall,
// exception, interrupt) saves user registers into the running Process, runs C++ on the kernel
// stack, and leaves through resume_user() of whichever process is to run. The kernel never blocks;
// a kernel call that must wait stops its process and is run again later (Process::pending_call).
#pragma once

#include "axo/error.hpp"
#include "axo/kernel_call.hpp"
#include "axo/types.hpp"
#include "kernel/arch/ram.hpp"

namespace axo::kernel {

struct Process;
struct Registers;

/// What the loader left, the same for multiboot2 and PVH. Built by arch, read once by the core.
struct BootInfo {
    struct Range {
        PhysAddr start;
        std::uint64_t bytes;
    };
    Range ram[64];  // usable RAM as the firmware says, kernel and archive not yet taken out
    unsigned ram_count;
    Range archive;  // the boot archive; bytes == 0: none was given
    char command_line[512];
    const char *loader;  // "PVH", "GRUB": for the log
    PhysAddr kernel_start, kernel_end;
};

namespace arch {

// ---- processor -----------------------------------------------------------------------------
void enable_features();     // NX, SMEP, SMAP, UMIP, XSAVE, syscall MSRs, IDT, TSS
std::uint64_t timestamp();  // TSC
std::uint64_t timestamp_hz();
std::uint64_t cpu_features();       // bits of cpu_feature (processor.hpp)
std::uint64_t timestamp_at_boot();  // what now() counts from
Nanoseconds now();                  // since boot
void set_timer(Nanoseconds at);     // one-shot; ~0 = none. Fires core: timer_fired()
bool cmos_is_changing();            // an update of its registers is under way
std::uint64_t read_cmos_seconds();  // since 1970
[[noreturn]] void idle_wait();      // sti; hlt; comes back through interrupt()
void poll_interrupts();             // take what is pending now (between chunks of long work)

// ---- page tables: root is a physical address ------------------------------------------------
void load_page_table(PhysAddr root);
void invalidate_page(VirtAddr address);  // in the current page table
// ram(PhysAddr): kernel/arch/ram.hpp

// ---- extended state: lazily never, eagerly on switch only when the owner changes -------------
unsigned fpu_state_bytes();        // <= sizeof Context::fpu
void fpu_initialise(void *image);  // image is 64-byte aligned
void fpu_save(void *image);
void fpu_restore(const void *image);

// ---- interrupts: lines 0 to interrupt_lines - 1 -----------------------------------------------------------
void irq_mask(unsigned line);
void irq_unmask(unsigned line);

// ---- ports -----------------------------------------------------------------------------------
std::uint32_t port_in(std::uint16_t port, unsigned width);
void port_out(std::uint16_t port, unsigned width, std::uint32_t value);

// ---- diagnostics and the end -----------------------------------------------------------------
void debug_write(const char *text, std::size_t bytes);  // QEMU debug port 0xe9 and, until tty runs, COM1
/// The registers of a program, as lines that the console does not show.
void log_registers(const Registers &registers);
void debug_serial(bool on);  // tty took the serial port: off; panic: on
[[noreturn]] void power_off();
[[noreturn]] void reboot();
[[noreturn]] void test_exit(std::uint8_t code);  // isa-debug-exit at 0xf4 when there, else power_off

/// Leaves the kernel into the given process. FS/GS bases, page table and FPU image are switched
/// here when they differ from what is loaded.
[[noreturn]] void resume_user(Process &process);

}  // namespace arch

// ---- what arch calls in the core -------------------------------------------------------------
[[noreturn]] void kernel_main(BootInfo &info);  // on the boot stack, paging on
/// What a program did that the processor did not let pass. Number, error code and address are the processor's own
/// words, for whoever reads about a death.
struct UserException {
    enum class Kind { signal, page_fault, single_step, non_maskable, machine_failure } kind;
    unsigned signal;       // what stands for it
    std::uint64_t access;  // of a page fault: fault_access bits
    std::uint64_t number, error, address;
};
/// Registers are already in `process`. Returns when handled; the caller then asks the scheduler.
void user_exception(Process &process, const UserException &exception);
void irq_fired(unsigned number);  // of a line: already masked and acknowledged
void timer_fired();
[[noreturn]] void schedule_and_resume();  // picks the next process and leaves

/// Stops the machine in order: text, registers, symbolised backtrace, exit code.
[[noreturn, gnu::format(printf, 1, 2)]] void panic(const char *format, ...);
[[gnu::format(printf, 1, 2)]] void log(const char *format, ...);  // kernel log ring + debug_write

}  // namespace axo::kernel
