// What a service asks the processor itself. Nothing else in a service may: where many services live in one host
// process, and in tests, the answers are the machine's that is simulated.
#pragma once

#include <cstdint>
#include <optional>

namespace axo::sys {

struct CpuidWords {
    std::uint32_t a, b, c, d;
};
/// Nothing: the processor has no such leaf (Intel SDM volume 2A, CPUID).
std::optional<CpuidWords> cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0);

/// The extended-state components the kernel enabled (XCR0), 0 on a processor without XSAVE.
std::uint64_t extended_state_components();

/// The time-stamp counter.
std::uint64_t timestamp();

/// 64 bits from RDSEED or, without it, RDRAND. Nothing: the processor has neither, or is out of entropy.
std::optional<std::uint64_t> processor_random();

}  // namespace axo::sys
