// The processor's own random numbers, where it has them.
#pragma once

#include <cstdint>
#include <optional>

namespace axo::sys {

/// 64 bits from RDSEED or, without it, RDRAND. Nothing: the processor has neither, or is out of entropy.
std::optional<std::uint64_t> processor_random();

}  // namespace axo::sys
