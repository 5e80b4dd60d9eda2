// Random bytes for getrandom: a ChaCha20 generator (RFC 8439) that replaces its own key after every request, so that
// what it gave out earlier cannot be computed from its state. Seeded by the processor's generator where there is one
// and by the jitter of the time-stamp counter.
#pragma once

#include <cstdint>
#include <span>

namespace axo::pm {

/// One block of the ChaCha20 stream. Key 8 words, nonce 3 words.
void chacha20_block(const std::uint32_t (&key)[8], std::uint32_t counter, const std::uint32_t (&nonce)[3],
                    std::uint32_t (&out)[16]);

class RandomGenerator {
public:
    /// Mixes 32 bytes of seed into the key.
    void add_seed(const std::uint32_t (&seed)[8]);
    void fill(std::span<std::byte> out);

private:
    std::uint32_t key_[8] = {};
    std::uint32_t requests_ = 0;
};

/// 32 bytes from RDSEED or RDRAND, if present, mixed with time-stamp jitter.
void gather_seed(std::uint32_t (&seed)[8]);

}  // namespace axo::pm
