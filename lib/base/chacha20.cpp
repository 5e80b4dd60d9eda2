#include "lib/base/chacha20.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace axo {

namespace {

constexpr std::uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};  // "expand 32-byte k"

void quarter_round(std::uint32_t &a, std::uint32_t &b, std::uint32_t &c, std::uint32_t &d) {
    a += b, d = std::rotl(d ^ a, 16);
    c += d, b = std::rotl(b ^ c, 12);
    a += b, d = std::rotl(d ^ a, 8);
    c += d, b = std::rotl(b ^ c, 7);
}

void double_round(ChaCha20Block &x) {
    for (unsigned column = 0; column < 4; ++column)
        quarter_round(x[column], x[column + 4], x[column + 8], x[column + 12]);
    for (unsigned diagonal = 0; diagonal < 4; ++diagonal)
        quarter_round(x[diagonal], x[4 + (diagonal + 1) % 4], x[8 + (diagonal + 2) % 4], x[12 + (diagonal + 3) % 4]);
}

}  // namespace

ChaCha20Block chacha20_block(const ChaCha20Key &key, std::uint32_t counter, const ChaCha20Nonce &nonce) {
    ChaCha20Block start;
    std::copy(constants, constants + 4, start.begin());
    std::copy(key.begin(), key.end(), start.begin() + 4);
    start[12] = counter;
    std::copy(nonce.begin(), nonce.end(), start.begin() + 13);
    ChaCha20Block x = start;
    for (int round = 0; round < 10; ++round) double_round(x);
    for (unsigned i = 0; i < x.size(); ++i) x[i] += start[i];
    return x;
}

void chacha20_fill(ChaCha20Key &key, std::span<std::byte> out) {
    const ChaCha20Key used = key;
    const ChaCha20Nonce nonce{};
    ChaCha20Block block = chacha20_block(used, 0, nonce);
    std::copy_n(block.begin(), key.size(), key.begin());
    const std::size_t rest = std::min(out.size(), sizeof block - sizeof key);
    if (rest > 0) std::memcpy(out.data(), block.data() + key.size(), rest);
    out = out.subspan(rest);
    for (std::uint32_t counter = 1; !out.empty(); ++counter) {
        block = chacha20_block(used, counter, nonce);
        const std::size_t bytes = std::min(out.size(), sizeof block);
        std::memcpy(out.data(), block.data(), bytes);
        out = out.subspan(bytes);
    }
}

}  // namespace axo
