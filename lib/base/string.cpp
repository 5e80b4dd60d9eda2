#include "lib/base/string.hpp"

namespace axo {

Status String::resize(std::size_t size) {
    if (size == 0 && text_.empty()) return {};
    if (size < this->size()) {
        truncate(size);
        return {};
    }
    TRY(text_.resize(size + 1));
    return {};
}

Status String::append(std::string_view more) {
    if (more.empty()) return {};
    const std::size_t old = size();
    TRY(text_.resize(old + more.size() + 1));
    std::memcpy(text_.data() + old, more.data(), more.size());
    return {};
}

// A view into this very string is allowed; it may only be shorter, so nothing grows then.
Status String::assign(std::string_view text) {
    if (text.empty()) {
        clear();
        return {};
    }
    if (text.size() > size()) TRY(text_.resize(text.size() + 1));
    std::memmove(text_.data(), text.data(), text.size());
    truncate(text.size());
    return {};
}

void String::truncate(std::size_t size) {
    if (text_.empty()) return;
    text_.truncate(size + 1);
    text_.back() = '\0';
}

Status String::append_format(const char *pattern, ...) {
    std::va_list arguments;
    va_start(arguments, pattern);
    const std::size_t more = formatted_length(pattern, arguments);
    va_end(arguments);
    if (more == 0) return {};
    const std::size_t old = size();
    TRY(text_.resize(old + more + 1));
    va_start(arguments, pattern);
    format_list({text_.data() + old, more + 1}, pattern, arguments);
    va_end(arguments);
    return {};
}

}  // namespace axo
