// A text that grows line by line; running out of memory shows at the end.
#pragma once

#include <cstdarg>

#include "lib/base/string.hpp"

namespace axo::procfs {

class Text {
public:
    static constexpr std::size_t piece_max = 511;

    explicit Text(Heap &heap = arena_heap()) : text_(heap) {}

    void add(std::string_view more) {
        if (!failed_ && !text_.append(more)) failed_ = true;
    }
    /// At most piece_max characters.
    [[gnu::format(printf, 2, 3)]] void print(const char *pattern, ...) {
        char piece[piece_max + 1];
        std::va_list arguments;
        va_start(arguments, pattern);
        const std::size_t bytes = format_list(piece, pattern, arguments);
        va_end(arguments);
        add({piece, bytes});
    }
    std::string_view view() const { return text_.view(); }
    /// Errors: no_memory.
    Result<String> take() {
        if (failed_) return Error::no_memory;
        return std::move(text_);
    }

private:
    String text_;
    bool failed_ = false;
};

}  // namespace axo::procfs
