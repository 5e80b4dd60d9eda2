// ChaCha20 (RFC 8439 section 2.3) and its seed.
#include "servers/pm/random.hpp"

#include <cpuid.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace axo::pm {

namespace {

constexpr std::uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};  // "expand 32-byte k"

void quarter_round(std::uint32_t &a, std::uint32_t &b, std::uint32_t &c, std::uint32_t &d) {
    a += b, d = std::rotl(d ^ a, 16);
    c += d, b = std::rotl(b ^ c, 12);
    a += b, d = std::rotl(d ^ a, 8);
    c += d, b = std::rotl(b ^ c, 7);
}

bool processor_has_random() {
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c >> 30 & 1) != 0;
}

/// RDRAND may fail for a while; ten tries are what the manufacturer recommends.
std::uint64_t processor_random() {
    for (int attempt = 0; attempt < 10; ++attempt) {
        std::uint64_t value;
        bool good;
        asm volatile("rdrand %0" : "=r"(value), "=@ccc"(good));
        if (good) return value;
    }
    return 0;
}

std::uint64_t timestamp() {
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return static_cast<std::uint64_t>(high) << 32 | low;
}

}  // namespace

void chacha20_block(const std::uint32_t (&key)[8], std::uint32_t counter, const std::uint32_t (&nonce)[3],
                    std::uint32_t (&out)[16]) {
    std::uint32_t start[16];
    std::copy(constants, constants + 4, start);
    std::copy(key, key + 8, start + 4);
    start[12] = counter;
    std::copy(nonce, nonce + 3, start + 13);
    std::uint32_t x[16];
    std::copy(start, start + 16, x);
    for (int round = 0; round < 10; ++round) {
        for (unsigned column = 0; column < 4; ++column)
            quarter_round(x[column], x[column + 4], x[column + 8], x[column + 12]);
        for (unsigned diagonal = 0; diagonal < 4; ++diagonal)
            quarter_round(x[diagonal], x[4 + (diagonal + 1) % 4], x[8 + (diagonal + 2) % 4], x[12 + (diagonal + 3) % 4]);
    }
    for (unsigned i = 0; i < 16; ++i) out[i] = x[i] + start[i];
}

void RandomGenerator::add_seed(const std::uint32_t (&seed)[8]) {
    for (unsigned i = 0; i < 8; ++i) key_[i] ^= seed[i];
    std::uint32_t block[16];
    const std::uint32_t nonce[3] = {0, 1, requests_++};
    chacha20_block(key_, 0, nonce, block);
    std::copy(block, block + 8, key_);
}

void RandomGenerator::fill(std::span<std::byte> out) {
    const std::uint32_t nonce[3] = {0, 0, requests_++};
    std::uint32_t block[16];
    std::uint32_t counter = 1;
    while (!out.empty()) {
        chacha20_block(key_, counter++, nonce, block);
        const std::size_t bytes = std::min(out.size(), sizeof block);
        std::memcpy(out.data(), block, bytes);
        out = out.subspan(bytes);
    }
    chacha20_block(key_, 0, nonce, block);
    std::copy(block, block + 8, key_);
}

void gather_seed(std::uint32_t (&seed)[8]) {
    const bool generator = processor_has_random();
    for (unsigned i = 0; i < 8; ++i) {
        std::uint64_t value = timestamp();
        for (unsigned mix = 0; mix < 64; ++mix) value = std::rotl(value, 7) * 0x9e3779b97f4a7c15ull ^ timestamp();
        if (generator) value ^= processor_random();
        seed[i] = static_cast<std::uint32_t>(value ^ value >> 32);
    }
}

}  // namespace axo::pm
