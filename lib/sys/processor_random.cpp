#include "lib/sys/processor_random.hpp"

#include <cpuid.h>

namespace axo::sys {

namespace {

constexpr int attempts = 10;  // what the manufacturer recommends for RDRAND (SDM volume 1, 7.3.17)

bool has_rdrand() {
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c >> 30 & 1) != 0;
}

bool has_rdseed() {
    unsigned a, b = 0, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b >> 18 & 1) != 0;
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

std::optional<std::uint64_t> processor_random() {
    if (has_rdseed())
        if (const auto value = from_rdseed()) return value;
    return has_rdrand() ? from_rdrand() : std::nullopt;
}

}  // namespace axo::sys
