// Text of a bounded length inside its object: labels, names. May travel in messages.
#pragma once

#include <cstring>
#include <string_view>

#include "axo/error.hpp"
#include "axo/types.hpp"
#include "lib/base/hash.hpp"

namespace axo {

/// At most `capacity - 1` characters; the rest is NUL, so that equal texts are equal bytes.
template <std::size_t capacity>
struct FixedString {
    char text[capacity];

    /// Cuts what is too long.
    static constexpr FixedString cut(std::string_view from) {
        FixedString string{};
        for (std::size_t i = 0; i < from.size() && i + 1 < capacity; ++i) string.text[i] = from[i];
        return string;
    }
    /// Errors: name_too_long.
    static constexpr Result<FixedString> create(std::string_view from) {
        if (from.size() >= capacity) return Error::name_too_long;
        return cut(from);
    }
    constexpr std::size_t size() const {
        std::size_t length = 0;
        while (length < capacity && text[length] != '\0') ++length;
        return length;
    }
    constexpr bool empty() const { return text[0] == '\0'; }
    constexpr std::string_view view() const { return {text, size()}; }
    constexpr operator std::string_view() const { return view(); }
    friend constexpr bool operator==(const FixedString &, const FixedString &) = default;
    friend constexpr bool operator==(const FixedString &a, std::string_view b) { return a.view() == b; }
};

using Label = FixedString<label_size>;

/// The text in a message's character array, which a sender may have filled to the last byte.
template <std::size_t capacity>
constexpr std::string_view text_of(const char (&text)[capacity]) {
    std::size_t length = 0;
    while (length < capacity && text[length] != '\0') ++length;
    return {text, length};
}

/// Fills a message's character array; too long text is cut, the array always ends in NUL.
template <std::size_t capacity>
constexpr void put_text(char (&text)[capacity], std::string_view from) {
    for (std::size_t i = 0; i < capacity; ++i) text[i] = i < from.size() && i + 1 < capacity ? from[i] : '\0';
}

template <std::size_t capacity>
struct Hash<FixedString<capacity>> {
    static std::uint64_t of(std::string_view key) { return Hash<std::string_view>::of(key); }
};

}  // namespace axo
