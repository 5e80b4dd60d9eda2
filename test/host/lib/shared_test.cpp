// Memory that others write: the bounds of what comes from outside, and words that lie where they are said to.
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "axo/shared.hpp"

namespace axo {
namespace {

struct Ring {
    Shared<std::uint32_t> head, tail;
    Shared<std::uint8_t> bytes[8];
};
static_assert(sizeof(Ring) == 16 && !std::is_copy_constructible_v<Shared<std::uint32_t>>);

constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();

class SharedMemory : public testing::Test {
protected:
    alignas(8) std::array<std::byte, 64> area{};
    SharedBytes memory{area.data(), area.size()};
    std::array<std::byte, 16> copy{};
};

TEST_F(SharedMemory, OffsetsAndLengthsFromOutsideStayWithinBounds) {
    EXPECT_TRUE(memory.copy_out(48, copy));
    EXPECT_FALSE(memory.copy_out(49, copy));
    EXPECT_FALSE(memory.copy_out(65, {}));
    EXPECT_TRUE(memory.copy_out(64, {}));
    EXPECT_FALSE(memory.copy_out(huge, copy));
    EXPECT_FALSE(memory.copy_out(huge - 7, copy));
    EXPECT_FALSE(memory.copy_in(49, copy));
    EXPECT_FALSE(memory.copy_in(huge - 15, copy));
    EXPECT_FALSE(SharedBytes{}.copy_out(0, copy));
    EXPECT_FALSE(memory.at<Ring>(huge - 15));
    EXPECT_FALSE(memory.at<Ring>(56));
    EXPECT_FALSE(memory.at<Ring>(2)) << "not aligned";
    EXPECT_TRUE(memory.at<Ring>(48));
}

TEST_F(SharedMemory, WhatIsCopiedInIsCopiedOut) {
    for (std::size_t i = 0; i < copy.size(); ++i) copy[i] = static_cast<std::byte>(i + 1);
    EXPECT_TRUE(memory.copy_in(3, copy));
    std::array<std::byte, 16> back{};
    EXPECT_TRUE(memory.copy_out(3, back));
    EXPECT_EQ(copy, back);
    EXPECT_EQ(area[2], std::byte{0});
    EXPECT_EQ(area[19], std::byte{0});
}

TEST_F(SharedMemory, WordsLieWhereTheStructureHasThem) {
    Ring &ring = **memory.at<Ring>(8);
    ring.tail.store(0x04030201);
    EXPECT_EQ(area[12], std::byte{1});
    EXPECT_EQ(area[15], std::byte{4});
    EXPECT_EQ(ring.tail.load(), 0x04030201u);
}

}  // namespace
}  // namespace axo
