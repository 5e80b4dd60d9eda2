// The formatter against the C library's, and the memory functions against a plain loop.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "lib/base/format.hpp"

// The file under test defines the C library's names; the test gives them others.
#define memcpy tested_memcpy
#define memmove tested_memmove
#define memset tested_memset
#define memcmp tested_memcmp
#define memchr tested_memchr
#define strlen tested_strlen
#include "lib/base/memory.cpp"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen

#define EXPECT_SAME(...)                                    \
    do {                                                    \
        char ours[200], theirs[200];                        \
        const auto length = axo::format(ours, __VA_ARGS__); \
        std::snprintf(theirs, sizeof theirs, __VA_ARGS__);  \
        EXPECT_STREQ(ours, theirs);                         \
        EXPECT_EQ(length, std::strlen(theirs));             \
    } while (false)

TEST(Format, agrees_with_printf) {
    EXPECT_SAME("%d %i %u %x %X %o", -5, 7, 8u, 0xabcu, 0xabcu, 8u);
    EXPECT_SAME("[%5d] [%-5d] [%05d] [%+d] [% d]", 42, 42, -42, 42, 42);
    EXPECT_SAME("[%8.3d] [%.0d] [%#x] [%#o]", 5, 0, 255u, 8u);
    EXPECT_SAME("%ld %lu %llx %zu %hhd %hd", -1L, ~0UL, 0x123456789abcdefULL, std::size_t{77}, 300, 70000);
    EXPECT_SAME("[%s] [%10s] [%-10s] [%.2s] [%.*s] [%*d]", "text", "right", "left", "cut", 3, "abcdef", -6, 9);
    EXPECT_SAME("%c%c%% %3c", 'a', 'b', 'c');
    EXPECT_SAME("%lld", static_cast<long long>(1ULL << 63));
    EXPECT_SAME("%p", reinterpret_cast<void *>(0x1234));
}

TEST(Format, cuts_what_does_not_fit) {
    char small[5];
    EXPECT_EQ(axo::format(small, "%s", "abcdefgh"), 4u);
    EXPECT_STREQ(small, "abcd");
    EXPECT_EQ(axo::format({}, "%d", 5), 0u);
}

TEST(Memory, agrees_with_plain_loops) {
    std::mt19937 random(9);
    for (int round = 0; round < 5000; ++round) {
        unsigned char area[128], expected[128];
        for (unsigned char &byte : area) byte = static_cast<unsigned char>(random());
        std::memcpy(expected, area, sizeof area);
        const std::size_t bytes = random() % 60, from = random() % 64, to = random() % 64;
        switch (round % 3) {
            case 0:
                tested_memmove(area + to, area + from, bytes);
                std::memmove(expected + to, expected + from, bytes);
                break;
            case 1:
                tested_memset(area + to, static_cast<int>(from), bytes);
                std::memset(expected + to, static_cast<int>(from), bytes);
                break;
            default:
                if (from + bytes > 64) continue;
                tested_memcpy(area + 64, area + from, bytes);
                std::memcpy(expected + 64, expected + from, bytes);
        }
        ASSERT_EQ(std::memcmp(area, expected, sizeof area), 0);
        const int order = tested_memcmp(area + from, area + to, bytes),
                  reference = std::memcmp(area + from, area + to, bytes);
        ASSERT_EQ(order < 0, reference < 0);
        ASSERT_EQ(order > 0, reference > 0);
    }
    EXPECT_EQ(tested_strlen("twelve chars"), 12u);
    EXPECT_EQ(tested_strlen(""), 0u);
}
