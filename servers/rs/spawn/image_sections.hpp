// Sections of a program file in memory. What lies in it is not trusted: everything is checked against its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace axo::rs {

/// A number at an offset of the image; none: it lies outside.
template <typename N>
std::optional<N> number_at(std::span<const std::byte> image, std::uint64_t offset) {
    if (offset > image.size() || image.size() - offset < sizeof(N)) return {};
    N value;
    std::memcpy(&value, image.data() + offset, sizeof value);
    return value;
}

/// Text up to its NUL; empty: it lies outside, or does not end.
std::string_view text_at(std::span<const std::byte> image, std::uint64_t offset);

/// Empty: there is no section of that name.
std::span<const std::byte> find_section(std::span<const std::byte> image, std::string_view wanted);

}  // namespace axo::rs
