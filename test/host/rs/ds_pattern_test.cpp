// sources: servers/ds/pattern.cpp servers/ds/pattern_match.cpp
// Patterns of DS subscriptions, compared with the C library's regexec where that defines the answer.
#include <gtest/gtest.h>

#include <regex.h>

#include <random>

#include "servers/ds/pattern.hpp"

using axo::ds::Pattern;

namespace {

bool matches(std::string_view pattern, std::string_view key) {
    const auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled) << pattern;
    return compiled && compiled->matches(key);
}

bool valid(std::string_view pattern) { return Pattern::compile(pattern).has_value(); }

}  // namespace

TEST(DsPattern, anchored_at_both_ends) {
    EXPECT_TRUE(matches("tty", "tty"));
    EXPECT_FALSE(matches("tty", "xtty"));
    EXPECT_FALSE(matches("tty", "ttyx"));
    EXPECT_TRUE(matches("^tty$", "tty"));
    EXPECT_FALSE(matches("a|b", "ab"));
}

TEST(DsPattern, driver_events) {
    EXPECT_TRUE(matches("drv\\.vfs\\..*", "drv.vfs.tty"));
    EXPECT_FALSE(matches("drv\\.vfs\\..*", "drvxvfs.tty"));
    EXPECT_FALSE(matches("drv\\.vfs\\..*", "drv."));
}

TEST(DsPattern, repetition_groups_and_sets) {
    EXPECT_TRUE(matches("(ab)+c?", "ababab"));
    EXPECT_TRUE(matches("(ab)+c?", "abc"));
    EXPECT_FALSE(matches("(ab)+c?", "c"));
    EXPECT_TRUE(matches("[a-c]*[^x-z0]", "abcaw"));
    EXPECT_FALSE(matches("[a-c]*[^x-z0]", "abcax"));
    EXPECT_TRUE(matches("[]a-]*", "]-a"));
    EXPECT_TRUE(matches("at_wini_[0-9]+(p[0-3])?", "at_wini_0p3"));
    EXPECT_TRUE(matches("(a*)*b", "aaab"));
    EXPECT_TRUE(matches("(|x)y", "y"));
}

TEST(DsPattern, bad_syntax_is_refused) {
    for (const char *bad : {"(", ")", "a)", "[", "[a", "*a", "+", "a|*", "x{2}", "\\", "[z-a]"})
        EXPECT_FALSE(valid(bad)) << bad;
    EXPECT_FALSE(valid(std::string(256, 'a')));
    EXPECT_FALSE(valid(std::string(100, '(') + std::string(100, ')')));
}

TEST(DsPattern, hostile_pattern_stays_linear) {
    std::string pattern;
    for (int i = 0; i < 40; ++i) pattern += "(a*)*";
    EXPECT_FALSE(matches(pattern, std::string(79, 'a') + "b"));
    EXPECT_TRUE(matches("a" + std::string(254, '*'), "aaa"));
}

TEST(DsPattern, agrees_with_regexec) {
    std::mt19937 random(7);
    const std::string pieces[] = {"a", "b", ".", "(a|b)", "[ab]", "[^a]", "(ab)", "c"};
    const std::string repeats[] = {"", "", "*", "+", "?"};
    for (int round = 0; round < 300; ++round) {
        std::string pattern;
        for (unsigned i = random() % 4 + 1; i != 0; --i) {
            pattern += pieces[random() % 8] + repeats[random() % 5];
            if (random() % 6 == 0) pattern += i > 1 ? "|" : "";
        }
        regex_t reference;
        ASSERT_EQ(regcomp(&reference, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB), 0) << pattern;
        for (int k = 0; k < 20; ++k) {
            std::string key;
            for (unsigned i = random() % 6; i != 0; --i) key += static_cast<char>('a' + random() % 3);
            EXPECT_EQ(matches(pattern, key), regexec(&reference, key.c_str(), 0, nullptr, 0) == 0)
                << pattern << " on " << key;
        }
        regfree(&reference);
    }
}
