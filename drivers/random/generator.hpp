// A random generator: an entropy pool that events are stirred into, and a key that the output comes
// from. The pool goes into the key only when it holds enough that nobody could try all values of it;
// small additions one by one would let an observer of the output follow them.
#pragma once

#include "lib/base/chacha20.hpp"

namespace axo::random {

class Generator {
public:
    static constexpr unsigned bits_for_reseed = 256;
    static constexpr std::uint64_t bytes_between_reseeds = 1 << 20;

    /// Stirs a value into the pool, worth `bits` of entropy (0: perhaps known to others).
    void add(std::uint64_t value, unsigned bits);
    void add(std::span<const std::byte> data);  // worth nothing, of any content

    /// Takes the pool into the key if it holds enough. False: it does not.
    bool reseed();
    /// Takes the pool into the key whatever it holds: at start, when there is nothing to follow yet.
    void force_reseed();

    /// So much was given out that new entropy should be asked for.
    bool wants_reseed() const { return bytes_since_reseed_ >= bytes_between_reseeds; }
    unsigned bits() const { return bits_; }

    /// Random bytes. The key that made them is gone when this returns.
    void fill(std::span<std::byte> out);

private:
    void stir();

    ChaCha20Key key_{};
    ChaCha20Key pool_{};
    std::uint32_t next_word_ = 0;  // of the pool, for the next value
    std::uint32_t bits_ = 0;       // what the pool is worth, at most bits_for_reseed
    std::uint64_t bytes_since_reseed_ = 0;
};

}  // namespace axo::random
