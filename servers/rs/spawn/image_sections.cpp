// ELF section headers.
#include "servers/rs/spawn/image_sections.hpp"

namespace axo::rs {

std::string_view text_at(std::span<const std::byte> image, std::uint64_t offset) {
    if (offset >= image.size()) return {};
    const auto *text = reinterpret_cast<const char *>(image.data() + offset);
    const void *end = std::memchr(text, 0, image.size() - offset);
    return {text, end == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char *>(end) - text)};
}

namespace {

constexpr std::size_t section_header_bytes = 64;

std::optional<std::span<const std::byte>> contents(std::span<const std::byte> image, std::uint64_t header) {
    const auto offset = number_at<std::uint64_t>(image, header + 0x18),
               size = number_at<std::uint64_t>(image, header + 0x20);
    if (!offset || !size || *offset > image.size() || *size > image.size() - *offset) return {};
    return image.subspan(*offset, *size);
}

}  // namespace

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

}  // namespace axo::rs
