// Growing text over a named heap, always NUL-terminated.
#pragma once

#include <string_view>

#include "lib/base/format.hpp"
#include "lib/base/hash.hpp"
#include "lib/base/vector.hpp"

namespace axo {

class String {
public:
    explicit String(Heap &heap = arena_heap()) : text_(heap) {}

    /// Errors: no_memory.
    static Result<String> create(std::string_view text, Heap &heap = arena_heap()) {
        String string(heap);
        TRY(string.append(text));
        return string;
    }

    std::size_t size() const { return text_.empty() ? 0 : text_.size() - 1; }
    bool empty() const { return size() == 0; }
    const char *c_str() const { return text_.empty() ? "" : text_.data(); }
    char *data() { return text_.data(); }  // null while nothing was ever put in
    std::string_view view() const { return {c_str(), size()}; }
    operator std::string_view() const { return view(); }
    char operator[](std::size_t index) const { return text_[index]; }

    /// Errors (of all that grow): no_memory; the text is then unchanged.
    Status append(std::string_view more);
    Status append(char one) { return append(std::string_view(&one, 1)); }
    Status assign(std::string_view text);
    [[gnu::format(printf, 2, 3)]] Status append_format(const char *pattern, ...);

    /// Grows with NULs or cuts.
    Status resize(std::size_t size);
    void truncate(std::size_t size);
    void clear() { truncate(0); }

    friend bool operator==(const String &a, std::string_view b) { return a.view() == b; }
    friend bool operator==(const String &a, const String &b) { return a.view() == b.view(); }

private:
    Vector<char> text_;  // with the NUL, or empty
};

template <>
struct Hash<String> {
    static std::uint64_t of(std::string_view key) { return Hash<std::string_view>::of(key); }
};

}  // namespace axo
