// Random bytes for AT_RANDOM, and the processor's feature word for AT_HWCAP.
#pragma once

#include <cstdint>
#include <span>

namespace axo::vfs {

/// From RDRAND where the processor has it, else from the time-stamp counter, mixed: enough for stack
/// canaries, not for keys.
void fill_random(std::span<std::uint8_t, 16> out);

/// CPUID leaf 1, EDX.
std::uint32_t processor_features();

}  // namespace axo::vfs
