// The three ways in which the machine ends.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/ports.hpp"

namespace axo::kernel::arch {
namespace {

constexpr std::uint16_t qemu_power_port = 0x604, qemu_power_off = 0x2000;  // PIIX4 and ICH9 as SeaBIOS places them
constexpr std::uint16_t reset_control = 0xcf9, keyboard_command = 0x64, debug_exit = 0xf4;
constexpr std::uint8_t full_reset = 0x0e, pulse_reset = 0xfe;

[[noreturn]] void stop() {
    for (;;) asm volatile("cli; hlt");
}

}  // namespace

void power_off() {
    const PowerOffRegister found = acpi_power_off();
    if (found.port != 0) out16(found.port, found.value);
    out16(qemu_power_port, qemu_power_off);
    stop();
}

void reboot() {
    out8(reset_control, full_reset & ~4u);
    out8(reset_control, full_reset);
    out8(keyboard_command, pulse_reset);
    struct [[gnu::packed]] {
        std::uint16_t limit;
        std::uint64_t base;
    } empty{};
    asm volatile("lidt %0; int3" : : "m"(empty));  // a triple fault resets what ignores the rest
    stop();
}

void test_exit(std::uint8_t code) {
    out8(debug_exit, code);
    power_off();
}

}  // namespace axo::kernel::arch
