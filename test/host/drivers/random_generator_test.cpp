// sources: drivers/random/generator.cpp drivers/random/sources.cpp
// The generator's pool and key, and how events are judged.
#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "drivers/random/generator.hpp"
#include "drivers/random/sources.hpp"

namespace axo::random {
namespace {

std::vector<std::byte> output(Generator &generator, std::size_t bytes = 64) {
    std::vector<std::byte> out(bytes);
    generator.fill(out);
    return out;
}

Generator seeded(std::uint64_t value) {
    Generator generator;
    generator.add(value, 256);
    generator.force_reseed();
    return generator;
}

TEST(Generator, same_seed_gives_the_same_bytes_and_another_others) {
    Generator a = seeded(1), b = seeded(1), c = seeded(2);
    const auto first = output(a);
    EXPECT_EQ(first, output(b));
    EXPECT_NE(first, output(c));
    EXPECT_NE(first, output(a));
}

TEST(Generator, small_additions_do_not_reach_the_output) {
    Generator a = seeded(1), b = seeded(1);
    b.add(7, 100);
    EXPECT_FALSE(b.reseed());
    EXPECT_EQ(output(a), output(b));
    b.add(8, 156);
    EXPECT_TRUE(b.reseed());
    EXPECT_NE(output(a), output(b));
    EXPECT_EQ(b.bits(), 0u);
}

TEST(Generator, written_data_is_worth_nothing_and_counts_all_the_same) {
    Generator a = seeded(1), b = seeded(1);
    const std::vector<std::byte> data(1000, std::byte{5});
    b.add(data);
    EXPECT_EQ(b.bits(), 0u);
    EXPECT_FALSE(b.reseed());
    a.add(1, 256);
    b.add(1, 256);
    ASSERT_TRUE(a.reseed() && b.reseed());
    EXPECT_NE(output(a), output(b));
}

TEST(Generator, a_value_added_twice_does_not_cancel_itself) {
    Generator a = seeded(1), b = seeded(1);
    for (int i = 0; i < 8; ++i) b.add(0x1234, 32);  // two rounds of the pool, each of equal values
    for (int i = 0; i < 8; ++i) a.add(0, 32);
    ASSERT_TRUE(a.reseed() && b.reseed());
    EXPECT_NE(output(a), output(b));
}

TEST(Generator, asks_for_entropy_after_a_mebibyte) {
    Generator generator = seeded(1);
    EXPECT_FALSE(generator.wants_reseed());
    output(generator, Generator::bytes_between_reseeds);
    EXPECT_TRUE(generator.wants_reseed());
    generator.add(1, 256);
    generator.reseed();
    EXPECT_FALSE(generator.wants_reseed());
}

/// Ones among n fair bits are within six standard deviations of n/2; a byte value likewise.
TEST(Generator, bits_and_bytes_are_balanced) {
    Generator generator = seeded(42);
    const auto out = output(generator, 1 << 16);
    std::size_t ones = 0;
    std::array<std::size_t, 256> counts{};
    for (const std::byte byte : out) {
        ones += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(byte)));
        ++counts[static_cast<std::size_t>(byte)];
    }
    EXPECT_NEAR(static_cast<double>(ones), 262144.0, 6 * 362.0);
    for (const std::size_t count : counts) EXPECT_NEAR(static_cast<double>(count), 256.0, 6 * 16.0);
}

TEST(JitterMeter, regular_events_are_worth_nothing) {
    JitterMeter meter;
    unsigned bits = 0;
    for (std::uint64_t time = 1000; time < 2000; time += 10) bits += meter.judge(time);
    EXPECT_EQ(bits, 0u);
}

TEST(JitterMeter, irregular_events_are_worth_a_bit_each) {
    JitterMeter meter;
    unsigned bits = 0;
    std::uint64_t time = 1000;
    for (std::uint64_t step = 1; step <= 100; ++step) bits += meter.judge(time += step * step);
    EXPECT_EQ(bits, 98u);
}

}  // namespace
}  // namespace axo::random
