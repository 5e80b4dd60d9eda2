// HPET (IA-PC HPET specification 1.0a) and PIT (8254 data sheet).
#include "kernel/arch/x86_64/reference_clock.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/ports.hpp"

#include <cstring>

namespace axo::kernel::arch {
namespace {

constexpr unsigned hpet_base_in_table = 44, hpet_period = 0x04 / 4, hpet_configuration = 0x10 / 4,
                   hpet_counter = 0xf0 / 4;
constexpr std::uint64_t femtoseconds = 1'000'000'000'000'000;
constexpr std::uint32_t longest_period = 100'000'000;  // the specification's limit, 100 ns

constexpr std::uint64_t pit_hz = 1'193'182;
constexpr std::uint16_t pit_channel2 = 0x42, pit_command = 0x43, speaker = 0x61;
constexpr std::uint8_t channel2_mode0 = 0xb0, latch_channel2 = 0x80;

volatile std::uint32_t *find_hpet() {
    const PhysAddr table = acpi_table("HPET");
    if (table.value == 0) return nullptr;
    std::uint64_t base;
    std::memcpy(&base, ram(table.offset(hpet_base_in_table)), sizeof base);
    if (base == 0 || base >= 1ull << 32) return nullptr;
    return static_cast<volatile std::uint32_t *>(ram(PhysAddr{base}));
}

void start_pit() {
    out8(speaker, static_cast<std::uint8_t>((in8(speaker) & ~2u) | 1u));  // gate on, speaker off
    out8(pit_command, channel2_mode0);
    out8(pit_channel2, 0xff);
    out8(pit_channel2, 0xff);
}

}  // namespace

ReferenceClock ReferenceClock::start() {
    ReferenceClock clock;
    volatile std::uint32_t *hpet = find_hpet();
    if (hpet != nullptr) {
        const std::uint32_t period = hpet[hpet_period];
        if (period != 0 && period <= longest_period) {
            hpet[hpet_configuration] = hpet[hpet_configuration] | 1;
            clock.hpet_ = hpet;
            clock.hz_ = femtoseconds / period;
            return clock;
        }
    }
    start_pit();
    clock.hz_ = pit_hz;
    return clock;
}

std::uint32_t ReferenceClock::read() const {
    if (hpet_ != nullptr) return hpet_[hpet_counter];
    out8(pit_command, latch_channel2);
    const std::uint32_t low = in8(pit_channel2);
    return 0xffff - (low | static_cast<std::uint32_t>(in8(pit_channel2)) << 8);
}

}  // namespace axo::kernel::arch
