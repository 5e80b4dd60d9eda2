// The newest log text, by position since boot. Readers keep their own position; one that fell behind
// what is kept goes on with the oldest text there is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace axo::log {

template <std::size_t capacity>
class LogText {
    static_assert((capacity & (capacity - 1)) == 0, "positions are reduced by a mask");

public:
    std::uint64_t oldest() const { return end_ > capacity ? end_ - capacity : 0; }
    std::uint64_t end() const { return end_; }

    void append(std::span<const char> text) {
        if (text.size() > capacity) {
            end_ += text.size() - capacity;
            text = text.last(capacity);
        }
        while (!text.empty()) {
            const std::size_t at = end_ & (capacity - 1);
            const std::size_t part = std::min(text.size(), capacity - at);
            std::memcpy(text_ + at, text.data(), part);
            end_ += part;
            text = text.subspan(part);
        }
    }

    /// The longest run from `position` (made valid first) that lies in one piece.
    std::span<const char> from(std::uint64_t &position) const {
        position = std::clamp(position, oldest(), end_);
        const std::size_t at = position & (capacity - 1);
        return {text_ + at, std::min<std::size_t>(end_ - position, capacity - at)};
    }

private:
    std::uint64_t end_ = 0;
    char text_[capacity] = {};
};

}  // namespace axo::log
