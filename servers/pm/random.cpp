#include "servers/pm/random.hpp"

#include <bit>

#include "lib/sys/processor.hpp"

namespace axo::pm {

void RandomGenerator::add_seed(const ChaCha20Key &seed) {
    for (unsigned i = 0; i < key_.size(); ++i) key_[i] ^= seed[i];
    fill({});  // what the key was before cannot be computed back
}

ChaCha20Key gather_seed() {
    ChaCha20Key seed;
    for (std::uint32_t &word : seed) {
        std::uint64_t value = sys::timestamp();
        for (unsigned mix = 0; mix < 64; ++mix) value = std::rotl(value, 7) * 0x9e3779b97f4a7c15ull ^ sys::timestamp();
        if (const auto random = sys::processor_random()) value ^= *random;
        word = static_cast<std::uint32_t>(value ^ value >> 32);
    }
    return seed;
}

}  // namespace axo::pm
