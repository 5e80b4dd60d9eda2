// The ChaCha20 block function (RFC 8439 section 2.3), and a key that is replaced by its own stream
// before anything made with it is used: what was given out cannot be computed from what is kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace axo {

using ChaCha20Key = std::array<std::uint32_t, 8>;
using ChaCha20Nonce = std::array<std::uint32_t, 3>;
using ChaCha20Block = std::array<std::uint32_t, 16>;

/// Block `counter` of the stream of `key` and `nonce`.
ChaCha20Block chacha20_block(const ChaCha20Key &key, std::uint32_t counter, const ChaCha20Nonce &nonce);

/// Fast key erasure: the first half of block 0 becomes the key, the rest of the stream fills `out`.
/// At most 256 GiB at once.
void chacha20_fill(ChaCha20Key &key, std::span<std::byte> out);

}  // namespace axo
