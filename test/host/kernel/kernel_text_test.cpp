// sources: kernel/text/format.cpp kernel/text/log_ring.cpp kernel/text/symbols.cpp
// The kernel's text: formatting against the C library, the log ring, symbol lookup, and the real-time clock's calendar.
#include "axo/layout.hpp"
#include "kernel/arch/x86_64/civil_time.hpp"
#include "kernel/text/format.hpp"
#include "kernel/text/log_ring.hpp"
#include "kernel/text/symbols.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>

namespace axo::kernel {

namespace {

#define SAME(...)                                                             \
    do {                                                                      \
        char ours[128], theirs[128];                                          \
        const std::size_t length = format_to(ours, sizeof ours, __VA_ARGS__); \
        std::snprintf(theirs, sizeof theirs, __VA_ARGS__);                    \
        EXPECT_STREQ(ours, theirs);                                           \
        EXPECT_EQ(length, std::strlen(ours));                                 \
    } while (false)

TEST(FormatTest, agrees_with_the_c_library) {
    SAME("%s|%.*s|%.2s|%5s|%-5s|%c%%", "text", 3, "abcdef", "xyz", "ab", "cd", 'q');
    SAME("%d %d %ld %lld %i", 0, -2147483647 - 1, -9223372036854775807L - 1, 5LL, -7);
    SAME("%u %lu %zu %llu", 4294967295u, ~0ul, sizeof(int), 0ull);
    SAME("%x %X %lx %llx %#x %#lx %016lx %08x %-8x|", 0xbeefu, 0xBEEFu, 0xffff800000000000ul, 1ull, 0x1fu, 0x10ul, 5ul,
         6u, 7u);
    SAME("%5d|%-5d|%05d|%05d", 42, 42, 42, -42);
    int object = 0;
    SAME("%p", static_cast<void *>(&object));
}

TEST(FormatTest, cuts_at_the_end_of_the_buffer) {
    char buffer[6] = "zzzzz";
    EXPECT_EQ(format_to(buffer, 4, "%s", "abcdef"), 3u);
    EXPECT_STREQ(buffer, "abc");
    EXPECT_EQ(buffer[4], 'z');
    const char *volatile nothing = nullptr;
    char null_text[16];
    format_to(null_text, sizeof null_text, "%s", nothing);
    EXPECT_STREQ(null_text, "(null)");
}

TEST(LogRingTest, positions_grow_and_old_text_is_skipped) {
    auto ring = std::make_unique<LogRing>();
    ring->write("hello", 5);
    char out[8];
    auto read = ring->read(0, out);
    EXPECT_EQ(std::string(out, read.bytes), "hello");
    EXPECT_EQ(read.next, 5u);
    EXPECT_EQ(ring->read(5, out).bytes, 0u);
    EXPECT_EQ(ring->read(900, out).next, 5u);

    const std::string block(1000, 'b');
    for (unsigned i = 0; i < 100; ++i) ring->write(block.data(), block.size());
    ring->write("end", 3);
    const std::uint64_t oldest = 5 + 100'000 + 3 - LogRing::size;
    read = ring->read(0, out);
    EXPECT_EQ(read.bytes, 8u);
    EXPECT_EQ(read.next, oldest + 8);
    read = ring->read(ring->end() - 3, out);
    EXPECT_EQ(std::string(out, read.bytes), "end");
}

TEST(SymbolTest, finds_the_function_around_an_address) {
    struct {
        SymbolTable table{SymbolTable::expected_magic, 3, 12};
        SymbolTable::Entry entries[3] = {{0x100, 0}, {0x200, 4}, {0x300, 99}};
        char names[12] = "one\0two";
    } image;
    const auto find = [&](std::uint64_t offset) {
        return SymbolTable::find(&image.table, layout::kernel_image + offset);
    };
    EXPECT_STREQ(find(0x1ff).name, "one");
    EXPECT_EQ(find(0x1ff).offset, 0xffu);
    EXPECT_STREQ(find(0x200).name, "two");
    EXPECT_STREQ(find(0xff).name, "?");
    EXPECT_STREQ(find(0x300).name, "?") << "a name outside the table";
    image.table.magic = 0;
    EXPECT_STREQ(find(0x200).name, "?");
    EXPECT_STREQ(SymbolTable::find(nullptr, layout::kernel_image).name, "?");
}

TEST(CivilTimeTest, agrees_with_the_c_library) {
    for (int year = 1971; year < 2100; ++year)
        for (int month = 1; month <= 12; ++month) {
            std::tm date{};
            date.tm_year = year - 1900;
            date.tm_mon = month - 1;
            date.tm_mday = month == 2 ? 28 : 30;
            const auto days = arch::days_since_1970(static_cast<unsigned>(year), static_cast<unsigned>(month),
                                                    static_cast<unsigned>(date.tm_mday));
            EXPECT_EQ(static_cast<std::time_t>(days * 86400), timegm(&date));
        }
}

TEST(CivilTimeTest, reads_all_four_register_formats) {
    const std::uint64_t expected = 1'272'672'000 + 23 * 3600 + 59 * 60 + 58;  // 2010-05-01 23:59:58
    EXPECT_EQ(arch::seconds_since_1970({58, 59, 23, 1, 5, 10, 20, 6}), expected);
    EXPECT_EQ(arch::seconds_since_1970({0x58, 0x59, 0x23, 1, 5, 0x10, 0x20, 2}), expected);
    EXPECT_EQ(arch::seconds_since_1970({58, 59, 0x80 | 11, 1, 5, 10, 20, 4}), expected);
    EXPECT_EQ(arch::seconds_since_1970({0x58, 0x59, 0x80 | 0x11, 1, 5, 0x10, 0xff, 0}), expected);
    EXPECT_EQ(arch::seconds_since_1970({0, 0, 12, 1, 5, 10, 20, 4}), expected - 86398) << "12 AM is midnight";
    EXPECT_EQ(arch::seconds_since_1970({0, 0, 0x80 | 12, 1, 5, 10, 20, 4}), expected - 43198) << "12 PM is noon";
}

}  // namespace
}  // namespace axo::kernel
