// The log driver's text buffer.
#include <gtest/gtest.h>

#include <string>

#include "drivers/log/log_text.hpp"

namespace axo::log {
namespace {

using Small = LogText<16>;

void append(Small &text, std::string_view part) { text.append({part.data(), part.size()}); }

std::string read_all(const Small &text, std::uint64_t &position) {
    std::string result;
    while (position != text.end()) {
        const auto part = text.from(position);
        result.append(part.begin(), part.end());
        position += part.size();
    }
    return result;
}

TEST(LogText, readers_are_independent) {
    Small text;
    append(text, "one\n");
    std::uint64_t first = 0, second = 0;
    EXPECT_EQ(read_all(text, first), "one\n");
    append(text, "two\n");
    EXPECT_EQ(read_all(text, first), "two\n");
    EXPECT_EQ(read_all(text, second), "one\ntwo\n");
}

TEST(LogText, slow_reader_goes_on_with_the_oldest) {
    Small text;
    std::uint64_t position = 0;
    append(text, "0123456789");
    append(text, "abcdefghij");
    EXPECT_EQ(text.oldest(), 4u);
    EXPECT_EQ(read_all(text, position), "456789abcdefghij");
}

TEST(LogText, one_long_text_keeps_its_end) {
    Small text;
    append(text, "0123456789abcdefghijklmnopqrstuvwxyz");
    std::uint64_t position = 0;
    EXPECT_EQ(read_all(text, position), "klmnopqrstuvwxyz");
    EXPECT_EQ(text.end(), 36u);
}

TEST(LogText, position_beyond_the_end_reads_nothing) {
    Small text;
    append(text, "x");
    std::uint64_t position = 99;
    EXPECT_TRUE(text.from(position).empty());
    EXPECT_EQ(position, 1u);
}

}  // namespace
}  // namespace axo::log
