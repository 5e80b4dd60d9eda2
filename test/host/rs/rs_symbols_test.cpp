// sources: servers/rs/command/symbols.cpp servers/rs/spawn/image_sections.cpp
// Names of addresses, out of an image that may be anything.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "axo/layout.hpp"
#include "servers/rs/command/symbols.hpp"

using namespace axo;
using rs::Symbols;

namespace {

constexpr std::uint64_t base = layout::service_image;

template <typename N>
void put(std::vector<std::byte> &image, std::size_t at, N value) {
    if (image.size() < at + sizeof value) image.resize(at + sizeof value);
    std::memcpy(image.data() + at, &value, sizeof value);
}
void put_text(std::vector<std::byte> &image, std::size_t at, const char *text) {
    image.resize(std::max(image.size(), at + std::strlen(text) + 1));
    std::memcpy(image.data() + at, text, std::strlen(text) + 1);
}

/// Section headers at 0x100: names at 0x200, the table at 0x300 with "first" from 0x10 on and "second" from 0x40 on.
std::vector<std::byte> image() {
    std::vector<std::byte> image(0x400);
    put<std::uint64_t>(image, 0x28, 0x100);
    put<std::uint16_t>(image, 0x3c, 2);
    put<std::uint16_t>(image, 0x3e, 0);
    put<std::uint64_t>(image, 0x100 + 0x18, 0x200);
    put<std::uint64_t>(image, 0x100 + 0x20, 0x20);
    put_text(image, 0x201, ".axo.symbols");
    put<std::uint32_t>(image, 0x140, 1);
    put<std::uint64_t>(image, 0x140 + 0x18, 0x300);
    put<std::uint64_t>(image, 0x140 + 0x20, 0x40);
    put<std::uint32_t>(image, 0x300, 2);
    const std::uint32_t entries[] = {0x10, 0, 0x40, 6};
    for (unsigned i = 0; i < 4; ++i) put(image, 0x308 + i * 4, entries[i]);
    put_text(image, 0x318, "first");
    put_text(image, 0x31e, "second");
    return image;
}

TEST(Symbols, function_is_the_last_that_starts_before_the_address) {
    const auto file = image();
    const Symbols symbols(file);
    EXPECT_EQ(symbols.name_of(base + 0xf), "");
    EXPECT_EQ(symbols.name_of(base + 0x10), "first");
    EXPECT_EQ(symbols.name_of(base + 0x3f), "first");
    EXPECT_EQ(symbols.name_of(base + 0x40), "second");
    EXPECT_EQ(symbols.name_of(base + 0x12345), "second");
    EXPECT_EQ(symbols.name_of(0), "");
}

TEST(Symbols, image_without_the_section_has_no_names) {
    EXPECT_EQ(Symbols({}).name_of(base + 0x10), "");
    const std::vector<std::byte> zeros(200);
    EXPECT_EQ(Symbols(zeros).name_of(base + 0x10), "");
}

TEST(Symbols, damaged_images_are_harmless) {
    std::mt19937 random(1);
    for (int round = 0; round < 5000; ++round) {
        auto file = image();
        for (int i = 0; i < 3; ++i) {
            const std::size_t places[] = {0x28,  0x3c,  0x3e,  0x118, 0x120, 0x140, 0x158,
                                          0x160, 0x300, 0x308, 0x30c, 0x314, 0x318};
            file[places[random() % std::size(places)] + random() % 4] = static_cast<std::byte>(random());
        }
        file.resize(file.size() - random() % 0x200);
        const Symbols symbols(file);
        for (std::uint64_t address = base; address < base + 0x80; address += 8) (void)symbols.name_of(address);
    }
}

}  // namespace
