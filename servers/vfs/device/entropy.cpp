// See entropy.hpp.
#include "servers/vfs/device/entropy.hpp"

#include <cstring>

namespace axo::vfs {
namespace {

struct FeatureWords {
    std::uint32_t ecx, edx;
};

FeatureWords features() {
    std::uint32_t eax = 1, ebx = 0, ecx = 0, edx = 0;
    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return {ecx, edx};
}

std::uint64_t time_stamp() {
    std::uint32_t low = 0, high = 0;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return std::uint64_t{high} << 32 | low;
}

/// 0 if the processor has none, or none ready.
std::uint64_t hardware_random() {
    static constexpr std::uint32_t has_rdrand = 1u << 30;  // Intel SDM, CPUID leaf 1 ECX
    if ((features().ecx & has_rdrand) == 0) return 0;
    std::uint64_t value = 0;
    std::uint8_t ready = 0;
    asm volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(ready) : : "cc");
    return ready != 0 ? value : 0;
}

/// The finaliser of splitmix64: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

}  // namespace

void fill_random(std::span<std::uint8_t, 16> out) {
    for (std::size_t at = 0; at < out.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = mix(hardware_random() ^ mix(time_stamp() + at));
        std::memcpy(out.data() + at, &word, sizeof word);
    }
}

std::uint32_t processor_features() { return features().edx; }

}  // namespace axo::vfs
