// When a reading is noted.
#include "lib/fs/access_time.hpp"

#include <gtest/gtest.h>

namespace axo::fs {
namespace {

constexpr std::uint64_t day = 24 * 60 * 60, now = 100 * day;

TEST(AccessTime, kept_and_strict_look_at_no_time) {
    EXPECT_FALSE(notes_access(access_time::kept, {1, 2, 2}, now));
    EXPECT_TRUE(notes_access(access_time::strict, {now, 2, 2}, now));
}

TEST(AccessTime, relative_is_noted_once_after_a_change_and_once_a_day) {
    const auto noted = [](const TimesInSeconds &times) { return notes_access(access_time::relative, times, now); };
    EXPECT_TRUE(noted({now - 10, now - 5, 1}));
    EXPECT_TRUE(noted({now - 10, 1, now - 5}));
    EXPECT_TRUE(noted({now - 10, now - 10, 1})) << "perhaps the change came second";
    EXPECT_FALSE(noted({now - 5, now - 10, now - 10}));
    EXPECT_FALSE(noted({now - day, 1, 1}));
    EXPECT_TRUE(noted({now - day - 1, 1, 1}));
    EXPECT_TRUE(noted({now + 5, now + 10, 1})) << "a clock that was set back";
}

}  // namespace
}  // namespace axo::fs
