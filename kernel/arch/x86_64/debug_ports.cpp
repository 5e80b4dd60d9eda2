// Where kernel text goes at once: QEMU's debug port and, until the terminal driver has it, the first serial port.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/ports.hpp"

namespace axo::kernel::arch {
namespace {

constexpr std::uint16_t debug_port = 0xe9;
constexpr std::uint8_t debug_port_present = 0xe9;  // what QEMU's isa-debugcon reads as
constexpr std::uint16_t com1 = 0x3f8, interrupt_enable = com1 + 1, fifo_control = com1 + 2, line_control = com1 + 3,
                        modem_control = com1 + 4, line_status = com1 + 5;
constexpr std::uint8_t transmitter_empty = 0x20, divisor_access = 0x80, eight_bits = 0x03, fifos_on = 0x07,
                       terminal_ready = 0x03;
constexpr unsigned max_polls = 100'000;

bool serial_on = true, serial_ready = false;

/// 115,200 baud, 8 bits, no parity; interrupts off.
void start_serial() {
    serial_ready = true;
    out8(interrupt_enable, 0);
    out8(line_control, divisor_access);
    out8(com1, 1);
    out8(interrupt_enable, 0);
    out8(line_control, eight_bits);
    out8(fifo_control, fifos_on);
    out8(modem_control, terminal_ready);
    if (in8(line_status) == 0xff) serial_on = false;  // nothing there
}

void serial_put(char c) {
    for (unsigned i = 0; i < max_polls && (in8(line_status) & transmitter_empty) == 0; ++i) {}
    out8(com1, static_cast<std::uint8_t>(c));
}

}  // namespace

void debug_write(const char *text, std::size_t bytes) {
    const bool to_port = in8(debug_port) == debug_port_present;
    if (serial_on && !serial_ready) start_serial();
    for (std::size_t i = 0; i < bytes; ++i) {
        if (to_port) out8(debug_port, static_cast<std::uint8_t>(text[i]));
        if (!serial_on) continue;
        if (text[i] == '\n') serial_put('\r');
        serial_put(text[i]);
    }
}

void debug_serial(bool on) {
    serial_on = on;
    serial_ready = false;  // the driver may have left it in any state
}

}  // namespace axo::kernel::arch
