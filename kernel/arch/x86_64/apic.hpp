// The local APIC: passes the 8259's interrupts on and has the timer.
#pragma once

#include <cstdint>

namespace axo::kernel::arch {

inline constexpr unsigned apic_timer_vector = 0xfe;
inline constexpr unsigned apic_spurious_vector = 0xff;

/// Enables it, as x2APIC where there is one, with the timer stopped.
void start_apic();

void end_apic_interrupt();

/// One-shot countdown; 0 stops it.
void start_apic_timer(std::uint32_t count);
std::uint32_t apic_timer_count();

}  // namespace axo::kernel::arch
