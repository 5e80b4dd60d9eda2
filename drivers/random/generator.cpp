#include "drivers/random/generator.hpp"

#include <algorithm>
#include <cstring>

namespace axo::random {

void Generator::add(std::uint64_t value, unsigned bits) {
    pool_[next_word_] ^= static_cast<std::uint32_t>(value);
    pool_[next_word_ + 1] ^= static_cast<std::uint32_t>(value >> 32);
    next_word_ += 2;
    if (next_word_ == pool_.size()) stir();
    bits_ = std::min(bits_ + bits, bits_for_reseed);
}

void Generator::add(std::span<const std::byte> data) {
    while (!data.empty()) {
        std::uint64_t value = 0;
        const std::size_t bytes = std::min(data.size(), sizeof value);
        std::memcpy(&value, data.data(), bytes);
        add(value, 0);
        data = data.subspan(bytes);
    }
}

/// One way, and every word of the pool comes to depend on all of them: values added later cannot
/// cancel earlier ones.
void Generator::stir() {
    const ChaCha20Block mixed = chacha20_block(pool_, 0, {1, 0, 0});
    std::copy_n(mixed.begin(), pool_.size(), pool_.begin());
    next_word_ = 0;
}

bool Generator::reseed() {
    if (bits_ < bits_for_reseed) return false;
    force_reseed();
    return true;
}

void Generator::force_reseed() {
    stir();
    for (unsigned i = 0; i < key_.size(); ++i) key_[i] ^= pool_[i];
    chacha20_fill(key_, {});
    stir();  // what is in the key now is not kept in the pool
    bits_ = 0;
    bytes_since_reseed_ = 0;
}

void Generator::fill(std::span<std::byte> out) {
    chacha20_fill(key_, out);
    bytes_since_reseed_ += out.size();
}

}  // namespace axo::random
