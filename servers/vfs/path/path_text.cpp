// See path_text.hpp.
#include "servers/vfs/path/path_text.hpp"

#include <cstring>

namespace axo::vfs {

Status PathText::assign(std::string_view text) {
    if (text.size() >= capacity) return Error::name_too_long;
    std::memcpy(text_, text.data(), text.size());
    begin_ = 0;
    end_ = static_cast<std::uint32_t>(text.size());
    return {};
}

void PathText::skip_slashes() {
    while (absolute()) ++begin_;
}

Status PathText::replace_link(std::size_t consumed, std::string_view target) {
    if (target.empty()) return Error::no_entry;
    std::size_t name_end = begin_ + consumed;
    while (name_end > begin_ && text_[name_end - 1] == '/') --name_end;
    std::size_t name_begin = name_end;
    while (name_begin > begin_ && text_[name_begin - 1] != '/') --name_begin;

    const std::size_t kept = target.front() == '/' ? 0 : name_begin - begin_;
    const std::size_t tail = end_ - name_end;
    if (kept + target.size() + tail >= capacity) return Error::name_too_long;
    // The tail moves first: the target may be longer than the room that is free before it.
    std::memmove(text_, text_ + begin_, kept);
    std::memmove(text_ + kept + target.size(), text_ + name_end, tail);
    std::memcpy(text_ + kept, target.data(), target.size());
    begin_ = 0;
    end_ = static_cast<std::uint32_t>(kept + target.size() + tail);
    return {};
}

SplitPath split_last(std::string_view path) {
    std::size_t end = path.size();
    while (end > 0 && path[end - 1] == '/') --end;
    const bool trailing_slash = end < path.size();
    std::size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') --begin;
    return {part_of(path, 0, begin), part_of(path, begin, end - begin), trailing_slash && end > 0};
}

std::string_view first_component(std::string_view path) { return part_of(path, 0, path.find('/')); }

std::size_t bytes_before_dot_dot(std::string_view path) {
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = path.find('/', at) == path.npos ? path.size() : path.find('/', at);
        if (is_dot_dot(part_of(path, at, end - at))) return at;
        at = end + 1;
    }
    return path.size();
}

bool only_slashes(std::string_view text) { return text.find_first_not_of('/') == text.npos; }

}  // namespace axo::vfs
