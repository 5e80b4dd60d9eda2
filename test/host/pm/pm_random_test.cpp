// sources: servers/pm/random.cpp
// The generator behind getrandom.
#include <gtest/gtest.h>

#include <vector>

#include "servers/pm/random.hpp"

using namespace axo::pm;

namespace {

TEST(Random, output_never_repeats_and_depends_on_the_seed) {
    RandomGenerator a, b;
    axo::ChaCha20Key seed{1};
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
