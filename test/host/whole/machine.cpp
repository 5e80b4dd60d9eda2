#include "test/host/whole/machine.hpp"

#include <cstdio>
#include <cstring>

#include "axo/ipc.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/arch/x86_64/vectors.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/kernel_call.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/scheduler.hpp"
#include "test/host/whole/arch_exit.hpp"

namespace axo::whole {

namespace {

using kernel::Process;

Machine *the_machine;
constexpr std::uint64_t never = ~std::uint64_t{0};
constexpr std::uint64_t first_kernel_call = 0x100;
constexpr std::uint64_t longest_stretch = 10'000'000;

}  // namespace

Machine &Machine::current() { return *the_machine; }

Machine::Machine(std::uint64_t seed, const std::vector<std::byte> &archive) : random(seed) {
    the_machine = this;
    for (bool &line : masked) line = true;
    boot_info_.ram[0] = {{0}, 0x8'0000};
    boot_info_.ram[1] = {{kernel_start}, ram_bytes - kernel_start};
    boot_info_.ram_count = 2;
    boot_info_.archive = {{archive_start}, archive.size()};
    boot_info_.loader = "test";
    boot_info_.kernel_start = {kernel_start};
    boot_info_.kernel_end = {kernel_end};
    std::memcpy(kernel::arch::ram({archive_start}), archive.data(), archive.size());
}

/// The kernel's variables are in memory, too: zeros again.
Machine::~Machine() {
    std::memset(static_cast<void *>(&kernel::kernel_storage), 0, sizeof kernel::kernel_storage);
    std::memset(static_cast<void *>(&kernel::boot_cpu_storage), 0, sizeof kernel::boot_cpu_storage);
    the_machine = nullptr;
}

void Machine::strike(Endpoint process, unsigned vector, unsigned turn) {
    struck_ = process.value;
    strike_vector_ = vector;
    strike_in_ = turn;
}

/// Boot, the first time; later the timer's interrupt or nothing. Ends by a way out of the kernel.
void Machine::enter_kernel() {
    if (entries_++ == 0) kernel::kernel_main(boot_info_);
    take_interrupts();
    kernel::schedule_and_resume();
}

void Machine::take_interrupts() {
    if (time >= timer.value) {
        timer = {never};
        trace.note(Event::timer, time, 0, nullptr, 0);
        kernel::timer_fired();
    }
    serial.advance(time);
    raised[SerialLine::interrupt_line] |= serial.take_edge();
    for (unsigned line = 0; line < std::size(raised); ++line) {
        if (!raised[line] || masked[line]) continue;
        raised[line] = false;
        masked[line] = true;
        trace.note(Event::interrupt, time, line, nullptr, 0);
        kernel::irq_fired(line);
    }
}

void Machine::run(const std::function<bool()> &done, std::uint64_t limit) {
    const std::uint64_t last = entries_ + limit;
    for (;;) {
        try {
            enter_kernel();
        } catch (const Resume &way_out) {
            if (done()) return;
            leave_into(*way_out.process);
        } catch (const Idle &) {
            if (done()) return;
            if (next_event() == never) throw Stopped{-1, "nothing will ever happen again"};
            time = std::max(time, next_event());
            trace.note(Event::idle, time, 0, nullptr, 0);
        }
        if (entries_ > last) throw Stopped{-1, "too many entries into the kernel"};
    }
}

void Machine::spend_a_stretch() {
    spend();
    if (random() % 16 == 0) time += random() % longest_stretch;
}

/// Into the process and out again; what it came for is done by the kernel, but who runs next is not decided yet.
void Machine::leave_into(Process &process) {
    if (process.root != loaded_root) kernel::arch::load_page_table({process.root});
    running = &process;
    const std::uint64_t words[] = {process.registers.rax, process.registers.rsi, process.registers.rdx,
                                   process.registers.r8, process.registers.r9};
    trace.note(Event::resume, time, process.slot(), words, Processor::is_at_trap(process) ? std::size(words) : 0);
    Exit exit{};
    if (strike_in_ != 0 && process.endpoint.value == struck_ && --strike_in_ == 0) {
        exit = {true, strike_vector_, 0, 0};
    } else {
        exit = processor.run(process);
    }
    spend_a_stretch();
    if (!exit.exception) {
        // Something interrupted it first: the process has not come to its trap yet.
        if (time >= next_event()) return Processor::take_back_trap(process);
        return trap(process);
    }
    const std::uint64_t what[] = {exit.vector, exit.address, exit.error};
    trace.note(Event::exception, time, process.slot(), what, std::size(what));
    kernel::user_exception(process, kernel::arch::describe(exit.vector, exit.error, exit.address));
}

void Machine::trap(Process &process) {
    const kernel::Registers &r = process.registers;
    const std::uint64_t words[] = {r.rax, r.rdi, r.rsi, r.rdx, r.r8, r.r9, r.r10, r.r12, r.r13, r.r14, r.r15};
    trace.note(Event::trap, time, process.slot(), words, std::size(words));
    if (process.is_user != 0)
        kernel::user_call(process);
    else if (static_cast<std::uint32_t>(r.rax) < first_kernel_call)
        kernel::ipc_trap(process);
    else
        kernel::kernel_call(process);
}

}  // namespace axo::whole
