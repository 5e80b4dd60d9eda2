// std::string_view::substr drags in a function that throws; this cuts instead.
#pragma once

#include <string_view>

namespace axo::vfs {

/// `text` from `at` on, at most `bytes` long; empty if `at` lies behind the end.
constexpr std::string_view part_of(std::string_view text, std::size_t at, std::size_t bytes = std::string_view::npos) {
    if (at > text.size()) at = text.size();
    text.remove_prefix(at);
    if (bytes < text.size()) text.remove_suffix(text.size() - bytes);
    return text;
}

}  // namespace axo::vfs
