// sources: servers/pm/random.cpp
// ChaCha20 against the vector of RFC 8439 section 2.3.2, and the generator over it.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "servers/pm/random.hpp"

using namespace axo::pm;

namespace {

TEST(Random, chacha20_matches_its_standard) {
    std::uint32_t key[8], out[16];
    for (unsigned i = 0; i < 8; ++i) key[i] = 0x03020100 + i * 0x04040404;
    const std::uint32_t nonce[3] = {0x09000000, 0x4a000000, 0};
    chacha20_block(key, 1, nonce, out);
    const std::uint32_t expected[16] = {0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
                                        0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
                                        0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
    EXPECT_EQ(std::memcmp(out, expected, sizeof out), 0);
}

TEST(Random, output_never_repeats_and_depends_on_the_seed) {
    RandomGenerator a, b;
    std::uint32_t seed[8] = {1};
    a.add_seed(seed);
    seed[0] = 2;
    b.add_seed(seed);
    std::vector<std::byte> first(1000), second(1000), other(1000);
    a.fill(first);
    a.fill(second);
    b.fill(other);
    EXPECT_NE(first, second);
    EXPECT_NE(first, other);
}

}  // namespace
