// ChaCha20 against the vectors of RFC 8439, and what fast key erasure promises.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "lib/base/chacha20.hpp"

namespace axo {
namespace {

std::string stream(const ChaCha20Key &key, std::uint32_t counter, const ChaCha20Nonce &nonce) {
    const ChaCha20Block block = chacha20_block(key, counter, nonce);
    std::string text;
    for (std::size_t i = 0; i < sizeof block; ++i) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", reinterpret_cast<const std::uint8_t *>(block.data())[i]);
        text += digits;
    }
    return text;
}

/// 00 01 02 ... as eight little-endian words.
ChaCha20Key counting_key() {
    ChaCha20Key key;
    for (unsigned i = 0; i < key.size(); ++i) key[i] = 0x03020100 + i * 0x04040404;
    return key;
}

TEST(ChaCha20, block_function_of_section_2_3_2) {
    EXPECT_EQ(stream(counting_key(), 1, {0x09000000, 0x4a000000, 0}),
              "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
              "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

TEST(ChaCha20, zero_key_of_appendix_a_1) {
    EXPECT_EQ(stream({}, 0, {}),
              "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
              "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
    EXPECT_EQ(stream({}, 1, {}),
              "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
              "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
}

TEST(ChaCha20, fill_is_the_stream_after_the_new_key) {
    ChaCha20Key key = counting_key();
    std::vector<std::byte> out(200);
    chacha20_fill(key, out);
    std::vector<std::byte> expected;
    for (std::uint32_t counter = 0; counter < 4; ++counter) {
        const ChaCha20Block block = chacha20_block(counting_key(), counter, {});
        const auto bytes = std::as_bytes(std::span(block));
        expected.insert(expected.end(), bytes.begin(), bytes.end());
    }
    EXPECT_EQ(std::memcmp(key.data(), expected.data(), sizeof key), 0);
    EXPECT_EQ(std::memcmp(out.data(), expected.data() + sizeof key, out.size()), 0);
}

TEST(ChaCha20, filling_nothing_still_replaces_the_key) {
    ChaCha20Key key = counting_key();
    chacha20_fill(key, {});
    EXPECT_NE(key, counting_key());
}

}  // namespace
}  // namespace axo
