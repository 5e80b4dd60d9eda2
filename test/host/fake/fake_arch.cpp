// The fake processor and the fixture of the kernel's host tests.
#include "fake/fake_arch.hpp"

#include "kernel/alarm.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/ipc/message_pool.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/frame_owner.hpp"
#include "kernel/memory/safe_map.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/text/panic.hpp"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace axo::kernel {

namespace fake {
std::uint64_t time;
Nanoseconds timer;
bool masked[16];
std::uint32_t port_value;
unsigned clock_changes_for;
}  // namespace fake

namespace arch {

alignas(page_size) std::byte host_ram[fake::ram_bytes];
static PhysAddr loaded;
static std::byte images[max_processes][512];

std::uint64_t timestamp() { return fake::time; }
std::uint64_t timestamp_hz() { return 1'000'000'000; }
std::uint64_t timestamp_at_boot() { return 0; }
std::uint64_t cpu_features() { return 0; }
Nanoseconds now() { return {fake::time}; }
void set_timer(Nanoseconds deadline) { fake::timer = deadline; }
bool cmos_is_changing() { return fake::clock_changes_for != 0 && fake::clock_changes_for-- != 0; }
std::uint64_t read_cmos_seconds() { return 1'000'000; }
void load_page_table(PhysAddr root) { loaded = root; }
PhysAddr loaded_page_table() { return loaded; }
void invalidate_page(VirtAddr) {}
unsigned fpu_state_bytes() { return 512; }
void irq_mask(unsigned line) { fake::masked[line] = true; }
void irq_unmask(unsigned line) { fake::masked[line] = false; }
std::uint32_t port_in(std::uint16_t, unsigned) { return fake::port_value; }
void port_out(std::uint16_t, unsigned, std::uint32_t value) { fake::port_value = value; }
void power_off() { throw Panic("power off"); }
void reboot() { throw Panic("reboot"); }
void test_exit(std::uint8_t) { throw Panic("exit"); }
void debug_write(const char *, std::size_t) {}
void debug_serial(bool) {}
void log_registers(const Registers &) {}
void *fpu_image(Process &process) { return process.fpu_used ? images[process.slot()] : nullptr; }
void fpu_copy(Process &to, Process &from) {
    to.fpu_used = from.fpu_used;
    std::memcpy(images[to.slot()], images[from.slot()], sizeof images[0]);
}
void fpu_drop(Process &process) { process.fpu_used = false; }
void fpu_swap(Process &a, Process &b) { std::swap(images[a.slot()], images[b.slot()]); }
Status fpu_set(Process &process, const void *image, std::size_t bytes) {
    if (bytes != sizeof images[0]) return Error::invalid;
    process.fpu_used = true;
    std::memcpy(images[process.slot()], image, bytes);
    return {};
}
void set_current(Process *) {}

}  // namespace arch

void panic(const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    throw Panic(text);
}

void begin_stop() {}

void stop_machine(ExitCode code, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    throw Panic(std::to_string(static_cast<unsigned>(code)) + ": " + text);
}

void KernelTest::SetUp() {
    static std::uint64_t frame_bits[fake::ram_bytes / page_size / 64];
    fake::time = 1000;
    fake::timer = no_alarm;
    fake::clock_changes_for = 0;
    for (bool &masked : fake::masked) masked = true;
    start_kernel(256);
    note_ram({0}, fake::ram_bytes);
    set_frame_map(frame_bits, fake::ram_bytes / page_size);
    give_to_vm({0x10'0000}, (fake::ram_bytes - 0x10'0000) / page_size);
    set_kernel_root({0x1000});
    for (std::uint64_t frame = 0x2000; frame < 0x10'0000; frame += page_size) the_kernel.table_pool.donate({frame});
    for (const Endpoint name : {endpoint::rs, endpoint::vm, endpoint::pm, endpoint::vfs, endpoint::ds})
        service(name.slot());
}

static void allow_everything(Process &process, Privilege &privilege) {
    privilege.rights.flags |= privilege_flag::system_process | privilege_flag::preemptible;
    privilege.rights.traps = ~0u;
    privilege.rights.signal_manager = endpoint::rs;
    privilege.rights.may_block_on.fill();
    privilege.rights.may_send_to.fill();
    privilege.rights.kernel_calls.fill();
    process.privilege = &privilege;
    (void)create_space(process);
    release(process, run_flag::no_priv);
}

Process &KernelTest::service(unsigned slot) {
    Process &process = claim_boot_slot(slot);
    allow_everything(process, **allocate_privilege(process, 0, slot));
    set_schedule(process, 4, 0);
    return process;
}

Process &KernelTest::dynamic_service() {
    Process &process = **allocate_process();
    allow_everything(process, **allocate_privilege(process, privilege_flag::dynamic_id, 0));
    set_schedule(process, 4, 0);
    return process;
}

Process &KernelTest::user(Endpoint server) {
    for (Endpoint &route : the_kernel.routes.server) route = server;
    Process &process = **allocate_process();
    link_to_users(process);
    (void)create_space(process);
    release(process, run_flag::no_priv);
    set_schedule(process, 8, 0);
    return process;
}

std::byte *KernelTest::map_page(Process &process, std::uint64_t address, bool writable) {
    const PhysAddr frame = next_frame_;
    next_frame_ = frame.offset(page_size);
    UserPageTable table = process.space->table();
    EXPECT_TRUE(table.map({address}, frame, 1, writable ? map_flag::write : 0, the_kernel.table_pool));
    return static_cast<std::byte *>(arch::ram(frame));
}

static void enter(Process &caller) {
    if (this_cpu().scheduler.current != nullptr && this_cpu().scheduler.current != &caller &&
        this_cpu().scheduler.current->runnable()) {
        Process *before = this_cpu().scheduler.current;
        this_cpu().scheduler.current = nullptr;
        before->run_flags |= run_flag::stopped;
        release(*before, run_flag::stopped);
    }
    if (caller.queued) {
        stop(caller, run_flag::stopped);
        caller.run_flags &= ~run_flag::stopped;
    }
    this_cpu().scheduler.current = &caller;
}

long KernelTest::result(Process &process) {
    return process.runnable() && !process.call_pending ? static_cast<long>(process.registers.rax) : waits;
}

static void put_message(Registers &registers, const Message &message) {
    registers.rsi = std::uint64_t{message.flags} << 48 | std::uint64_t{message.type} << 32;
    registers.rdx = message.tag;
    registers.r8 = message.words[0];
    registers.r9 = message.words[1];
    registers.r10 = message.words[2];
    registers.r12 = message.words[3];
    registers.r13 = message.words[4];
    registers.r14 = message.words[5];
    registers.r15 = message.words[6];
}

long KernelTest::ipc_and_end(Process &caller, IpcCall number, Endpoint peer, Message message) {
    const long value = ipc(caller, number, peer, message);
    end_turn(caller);
    return value;
}

long KernelTest::ipc(Process &caller, IpcCall number, Endpoint peer, Message message, std::uint16_t flags) {
    enter(caller);
    put_message(caller.registers, message);
    caller.registers.rsi |= std::uint64_t{flags} << 48;
    caller.registers.rax = std::uint64_t{peer.value} << 32 | static_cast<unsigned>(number);
    ipc_trap(caller);
    return result(caller);
}

long KernelTest::send_receive(IpcCall call, Process &caller, Endpoint peer, const Message &message, Endpoint from) {
    enter(caller);
    put_message(caller.registers, message);
    caller.registers.rdi = from.value;
    caller.registers.rax = std::uint64_t{peer.value} << 32 | static_cast<unsigned>(call);
    ipc_trap(caller);
    return result(caller);
}

long KernelTest::call(Process &caller, KernelCall number, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                      std::uint64_t d, std::uint64_t e) {
    enter(caller);
    Registers &r = caller.registers;
    r.rax = number_of(number);
    r.rdi = a;
    r.rsi = b;
    r.rdx = c;
    r.r10 = d;
    r.r8 = e;
    kernel_call(caller);
    while (caller.runnable() && caller.call_pending) continue_kernel_call(caller);
    return result(caller);
}

long KernelTest::call_and_end(Process &caller, KernelCall number, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    const long value = call(caller, number, a, b, c);
    end_turn(caller);
    return value;
}

long KernelTest::linux(Process &caller, std::uint64_t number, std::uint64_t argument) {
    enter(caller);
    caller.registers.rax = number;
    caller.registers.rdi = argument;
    user_call(caller);
    return result(caller);
}

Message KernelTest::received(const Process &process) {
    const Registers &r = process.registers;
    return {.source = {static_cast<std::uint32_t>(r.rsi)},
            .type = static_cast<std::uint16_t>(r.rsi >> 32),
            .flags = static_cast<std::uint16_t>(r.rsi >> 48),
            .tag = r.rdx,
            .words = {r.r8, r.r9, r.r10, r.r12, r.r13, r.r14, r.r15}};
}

Message KernelTest::message(std::uint16_t type, std::uint64_t tag, std::uint64_t word, bool reply) {
    return {.source = endpoint::none,
            .type = type,
            .flags = reply ? message_flag::reply : std::uint16_t{0},
            .tag = tag,
            .words = {word, 0, 0, 0, 0, 0, 0}};
}

}  // namespace axo::kernel
