#include "lib/sys/processor.hpp"

#include <cpuid.h>

namespace axo::sys {

namespace {

constexpr int attempts = 10;  // what the manufacturer recommends for RDRAND (SDM volume 1, 7.3.17)

bool has_rdrand() {
    const auto words = cpuid(1);
    return words && (words->c >> 30 & 1) != 0;
}

bool has_rdseed() {
    const auto words = cpuid(7);
    return words && (words->b >> 18 & 1) != 0;
}

std::optional<std::uint64_t> from_rdrand() {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        std::uint64_t value;
        bool good;
        asm volatile("rdrand %0" : "=r"(value), "=@ccc"(good));
        if (good) return value;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> from_rdseed() {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        std::uint64_t value;
        bool good;
        asm volatile("rdseed %0" : "=r"(value), "=@ccc"(good));
        if (good) return value;
        asm volatile("pause");
    }
    return std::nullopt;
}

}  // namespace

std::optional<CpuidWords> cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    CpuidWords words{};
    if (__get_cpuid_count(leaf, subleaf, &words.a, &words.b, &words.c, &words.d) == 0) return std::nullopt;
    return words;
}

std::uint64_t extended_state_components() {
    constexpr std::uint32_t osxsave = 1u << 27;
    const auto words = cpuid(1);
    if (!words || (words->c & osxsave) == 0) return 0;
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return static_cast<std::uint64_t>(high) << 32 | low;
}

std::uint64_t timestamp() { return __builtin_ia32_rdtsc(); }

std::optional<std::uint64_t> processor_random() {
    if (has_rdseed())
        if (const auto value = from_rdseed()) return value;
    return has_rdrand() ? from_rdrand() : std::nullopt;
}

}  // namespace axo::sys
