// The real-time clock (MC146818): seconds since 1970.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/civil_time.hpp"
#include "kernel/arch/x86_64/ports.hpp"

namespace axo::kernel::arch {
namespace {

constexpr std::uint16_t index_port = 0x70, data_port = 0x71;
constexpr std::uint8_t nmi_off = 0x80;
constexpr std::uint8_t reg_seconds = 0, reg_minutes = 2, reg_hours = 4, reg_day = 7, reg_month = 8, reg_year = 9,
                       reg_status_a = 0x0a, reg_status_b = 0x0b, reg_century = 0x32;
constexpr std::uint8_t update_in_progress = 0x80;

std::uint8_t read_register(std::uint8_t index) {
    out8(index_port, static_cast<std::uint8_t>(index | nmi_off));
    return in8(data_port);
}

RawClock read_raw() {
    return {read_register(reg_seconds), read_register(reg_minutes), read_register(reg_hours),
            read_register(reg_day),     read_register(reg_month),   read_register(reg_year),
            read_register(reg_century), read_register(reg_status_b)};
}

}  // namespace

bool cmos_is_changing() { return (read_register(reg_status_a) & update_in_progress) != 0; }

std::uint64_t read_cmos_seconds() {
    RawClock clock = read_raw();
    // An update may begin between two registers: believe only what was read twice.
    for (unsigned i = 0; i < 8; ++i) {
        const RawClock again = read_raw();
        if (again == clock) break;
        clock = again;
    }
    return seconds_since_1970(clock);
}

}  // namespace axo::kernel::arch
