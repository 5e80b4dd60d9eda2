// 8259A (Intel data sheet 231468). Each line has a vector; an interrupt masks its line until a driver says otherwise.
#include "kernel/arch/x86_64/pic.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/ports.hpp"

namespace axo::kernel::arch {
namespace {

constexpr std::uint16_t first_command = 0x20, first_data = 0x21, second_command = 0xa0, second_data = 0xa1;
constexpr std::uint8_t initialise = 0x11, mode_8086 = 0x01, end_of_interrupt = 0x20, read_in_service = 0x0b;
constexpr unsigned cascade_line = 2, lines_each = 8;

std::uint16_t masks = 0xffff & ~(1u << cascade_line);

void write_masks() {
    out8(first_data, static_cast<std::uint8_t>(masks));
    out8(second_data, static_cast<std::uint8_t>(masks >> 8));
}

bool in_service(unsigned line) {
    const std::uint16_t command = line < lines_each ? first_command : second_command;
    out8(command, read_in_service);
    return (in8(command) >> line % lines_each & 1) != 0;
}

}  // namespace

void start_pic() {
    out8(first_command, initialise);
    out8(second_command, initialise);
    out8(first_data, first_pic_vector);
    out8(second_data, first_pic_vector + lines_each);
    out8(first_data, 1u << cascade_line);
    out8(second_data, cascade_line);
    out8(first_data, mode_8086);
    out8(second_data, mode_8086);
    write_masks();
}

bool take_pic_interrupt(unsigned line) {
    const bool may_be_spurious = line % lines_each == lines_each - 1;
    if (may_be_spurious && !in_service(line)) {
        // The first controller did see a real interrupt on its cascade line.
        if (line >= lines_each) out8(first_command, end_of_interrupt);
        return false;
    }
    irq_mask(line);
    if (line >= lines_each) out8(second_command, end_of_interrupt);
    out8(first_command, end_of_interrupt);
    return true;
}

void irq_mask(unsigned line) {
    masks = static_cast<std::uint16_t>(masks | 1u << line);
    write_masks();
}

void irq_unmask(unsigned line) {
    masks = static_cast<std::uint16_t>(masks & ~(1u << line));
    write_masks();
}

}  // namespace axo::kernel::arch
