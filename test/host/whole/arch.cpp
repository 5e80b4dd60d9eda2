// kernel/arch/arch.hpp and switch.hpp over the fake machine.
#include "kernel/arch/arch.hpp"

#include <cstdio>
#include <cstring>
#include <utility>

#include "kernel/arch/switch.hpp"
#include "kernel/counters.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/scheduler.hpp"
#include "test/host/whole/arch_exit.hpp"
#include "test/host/whole/machine.hpp"

extern "C" {
// What the kernel's linker script gives: here nothing of it is looked up by address.
extern const char text_start[1] = {}, text_end[1] = {}, kernel_end[1] = {};
extern const std::uint64_t symbols_start[8] = {};
}

namespace axo::kernel::arch {

namespace {

whole::Machine &machine() { return whole::Machine::current(); }

constexpr unsigned state_bytes = sizeof(whole::Machine::FpuImage);
whole::Machine::FpuImage &image_of(const Process &process) { return machine().fpu_images[process.slot()]; }

}  // namespace

std::uint64_t timestamp() {
    machine().spend();
    return machine().time;
}
std::uint64_t timestamp_hz() { return 1'000'000'000; }
std::uint64_t timestamp_at_boot() { return 0; }
std::uint64_t cpu_features() { return 0; }
Nanoseconds now() { return {machine().time}; }
void set_timer(Nanoseconds at) { machine().timer = at; }
bool cmos_is_changing() { return false; }
std::uint64_t read_cmos_seconds() { return 1'700'000'000; }
void idle_wait() { throw whole::Idle{}; }
void poll_interrupts() {}

PhysAddr kernel_root() { return {whole::kernel_root}; }
PhysAddr loaded_page_table() { return {machine().loaded_root}; }
void load_page_table(PhysAddr root) {
    machine().loaded_root = root.value;
    machine().mmu.flush();
}
void invalidate_page(VirtAddr address) { machine().mmu.flush_page(address.value); }

void set_fpu_area(void *) {}
unsigned fpu_stride() { return 64; }
unsigned fpu_state_bytes() { return state_bytes; }
void *fpu_image(Process &process) { return process.fpu_used ? image_of(process).data() : nullptr; }
void fpu_copy(Process &to, Process &from) {
    to.fpu_used = from.fpu_used;
    image_of(to) = image_of(from);
}
/// Called for who ends and for who begins anew.
void fpu_drop(Process &process) {
    process.fpu_used = false;
    machine().processor.forget(process);
}
void fpu_swap(Process &a, Process &b) { std::swap(image_of(a), image_of(b)); }
Status fpu_set(Process &process, const void *image, std::size_t bytes) {
    if (bytes != state_bytes) return Error::invalid;
    process.fpu_used = true;
    std::memcpy(image_of(process).data(), image, bytes);
    return {};
}

void irq_mask(unsigned line) { machine().masked[line] = true; }
void irq_unmask(unsigned line) { machine().masked[line] = false; }
std::uint32_t port_in(std::uint16_t port, unsigned width) {
    if (width == 1 && whole::SerialLine::has(port)) return machine().serial.read(port, machine().time);
    return width == 4 ? ~0u : (1u << width * 8) - 1;  // no device
}
void port_out(std::uint16_t port, unsigned width, std::uint32_t value) {
    if (width == 1 && whole::SerialLine::has(port)) machine().serial.write(port, value, machine().time);
}

void debug_write(const char *text, std::size_t bytes) {
    machine().console.append(text, bytes);
    if (machine().shows_console) std::fwrite(text, 1, bytes, stderr);
}
void debug_serial(bool) {}
void log_registers(const Registers &) {}
void power_off() { throw whole::Stopped{0, "power off"}; }
void reboot() { throw whole::Stopped{0, "reboot"}; }
void test_exit(std::uint8_t code) { throw whole::Stopped{code, "exit code"}; }

void set_current(Process *process) { machine().running = process; }
void resume_user(Process &process) { throw whole::Resume{&process}; }

}  // namespace axo::kernel::arch
