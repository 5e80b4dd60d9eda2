// Random bytes for getrandom: a ChaCha20 generator that replaces its own key with every request. Seeded by the
// processor's generator where there is one and by the jitter of the time-stamp counter.
#pragma once

#include "lib/base/chacha20.hpp"

namespace axo::pm {

class RandomGenerator {
public:
    /// Mixes 32 bytes of seed into the key.
    void add_seed(const ChaCha20Key &seed);
    void fill(std::span<std::byte> out) { chacha20_fill(key_, out); }

private:
    ChaCha20Key key_{};
};

/// 32 bytes from RDRAND, if present, mixed with time-stamp jitter.
ChaCha20Key gather_seed();

}  // namespace axo::pm
