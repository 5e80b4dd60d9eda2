// The table: u32 count, u32 0, then per function {u32 address - layout::service_image, u32 offset of its name},
// ascending; then the names.
#include "servers/rs/command/symbols.hpp"

#include <cstring>
#include <optional>

#include "axo/layout.hpp"

namespace axo::rs {

namespace {

constexpr std::uint64_t image_base = layout::service_image;
constexpr std::size_t section_header_bytes = 64, table_header_bytes = 8;

/// A number at an offset of the image; none: it lies outside.
template <typename N>
std::optional<N> number_at(std::span<const std::byte> image, std::uint64_t offset) {
    if (offset > image.size() || image.size() - offset < sizeof(N)) return {};
    N value;
    std::memcpy(&value, image.data() + offset, sizeof value);
    return value;
}

std::string_view text_at(std::span<const std::byte> image, std::uint64_t offset) {
    if (offset >= image.size()) return {};
    const auto *text = reinterpret_cast<const char *>(image.data() + offset);
    const void *end = std::memchr(text, 0, image.size() - offset);
    return {text, end == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char *>(end) - text)};
}

std::optional<std::span<const std::byte>> contents(std::span<const std::byte> image, std::uint64_t header) {
    const auto offset = number_at<std::uint64_t>(image, header + 0x18),
               size = number_at<std::uint64_t>(image, header + 0x20);
    if (!offset || !size || *offset > image.size() || *size > image.size() - *offset) return {};
    return image.subspan(*offset, *size);
}

std::span<const std::byte> find_section(std::span<const std::byte> image, std::string_view wanted) {
    const auto table = number_at<std::uint64_t>(image, 0x28);
    const auto count = number_at<std::uint16_t>(image, 0x3c), names_index = number_at<std::uint16_t>(image, 0x3e);
    if (!table || !count || !names_index || *table > image.size()) return {};
    const auto names = contents(image, *table + *names_index * section_header_bytes);
    if (!names) return {};
    for (std::uint16_t i = 0; i < *count; ++i) {
        const std::uint64_t header = *table + i * section_header_bytes;
        const auto name = number_at<std::uint32_t>(image, header);
        if (!name || text_at(*names, *name) != wanted) continue;
        return contents(image, header).value_or(std::span<const std::byte>{});
    }
    return {};
}

}  // namespace

Symbols::Symbols(std::span<const std::byte> image) : table_(find_section(image, ".axo.symbols")) {
    const auto count = number_at<std::uint32_t>(table_, 0);
    if (table_.size() < table_header_bytes || !count) return;
    if (*count <= (table_.size() - table_header_bytes) / sizeof(Entry)) count_ = *count;
}

Symbols::Entry Symbols::entry(std::uint32_t index) const {
    Entry result;
    std::memcpy(&result, table_.data() + table_header_bytes + index * sizeof result, sizeof result);
    return result;
}

std::string_view Symbols::name_of(std::uint64_t address) const {
    if (address < image_base) return {};
    std::uint32_t below = 0, above = count_;  // the answer is the last entry before `above`
    while (below < above) {
        const std::uint32_t middle = (below + above) / 2;
        if (image_base + entry(middle).offset <= address)
            below = middle + 1;
        else
            above = middle;
    }
    if (below == 0) return {};
    return text_at(table_, table_header_bytes + count_ * sizeof(Entry) + entry(below - 1).name);
}

}  // namespace axo::rs
