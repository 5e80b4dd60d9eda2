// The table: u32 count, u32 0, then per function {u32 address - layout::service_image, u32 offset of its name},
// ascending; then the names.
#include "servers/rs/command/symbols.hpp"

#include <cstring>

#include "axo/layout.hpp"
#include "servers/rs/spawn/image_sections.hpp"

namespace axo::rs {

namespace {

constexpr std::uint64_t image_base = layout::service_image;
constexpr std::size_t table_header_bytes = 8;

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
