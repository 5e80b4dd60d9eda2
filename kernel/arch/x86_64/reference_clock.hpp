// A clock of known frequency to measure the others with: HPET, or channel 2 of the PIT.
#pragma once

#include <cstdint>

namespace axo::kernel::arch {

class ReferenceClock {
public:
    /// Starts the best there is.
    static ReferenceClock start();

    /// Ticks since the start. The PIT wraps after 54 ms.
    std::uint32_t read() const;
    std::uint64_t hz() const { return hz_; }

private:
    volatile std::uint32_t *hpet_ = nullptr;  // null: PIT
    std::uint64_t hz_ = 0;
};

}  // namespace axo::kernel::arch
