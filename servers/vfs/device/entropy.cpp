// See entropy.hpp.
#include "servers/vfs/device/entropy.hpp"

#include <cstring>

#include "lib/sys/processor.hpp"

namespace axo::vfs {
namespace {

/// The finaliser of splitmix64: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

}  // namespace

void fill_random(std::span<std::uint8_t, 16> out) {
    for (std::size_t at = 0; at < out.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = mix(sys::processor_random().value_or(0) ^ mix(sys::timestamp() + at));
        std::memcpy(out.data() + at, &word, sizeof word);
    }
}

std::uint32_t processor_features() {
    const auto words = sys::cpuid(1);
    return words ? words->d : 0;
}

}  // namespace axo::vfs
