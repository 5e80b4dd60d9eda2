// Operations on a bitmap that lies in somebody's words: slots, frames, blocks.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace axo {

class BitmapView {
public:
    constexpr BitmapView(std::span<std::uint64_t> words, std::size_t bits) : words_(words), bits_(bits) {}

    constexpr std::size_t size() const { return bits_; }
    constexpr bool test(std::size_t bit) const { return (words_[bit / 64] >> bit % 64 & 1) != 0; }
    constexpr void set(std::size_t bit) { words_[bit / 64] |= std::uint64_t{1} << bit % 64; }
    constexpr void reset(std::size_t bit) { words_[bit / 64] &= ~(std::uint64_t{1} << bit % 64); }
    constexpr void set_range(std::size_t first, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) set(first + i);
    }
    constexpr void reset_range(std::size_t first, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) reset(first + i);
    }

    /// First bit >= from with this value.
    constexpr std::optional<std::size_t> find(bool value, std::size_t from = 0) const {
        for (std::size_t word = from / 64; word * 64 < bits_; ++word) {
            std::uint64_t candidates = value ? words_[word] : ~words_[word];
            if (word == from / 64) candidates &= ~std::uint64_t{0} << from % 64;
            if (candidates == 0) continue;
            const std::size_t bit = word * 64 + static_cast<std::size_t>(std::countr_zero(candidates));
            return bit < bits_ ? std::optional(bit) : std::nullopt;
        }
        return std::nullopt;
    }

    /// First run of `count` clear bits at or after `from`.
    constexpr std::optional<std::size_t> find_clear_run(std::size_t count, std::size_t from = 0) const {
        while (const auto first = find(false, from)) {
            const std::size_t end = find(true, *first).value_or(bits_);
            if (end - *first >= count) return first;
            from = end;
        }
        return std::nullopt;
    }

    constexpr std::size_t count_set() const {
        std::size_t total = 0;
        for (std::size_t bit = 0; bit < bits_; bit += 64) {
            std::uint64_t word = words_[bit / 64];
            if (bits_ - bit < 64) word &= (std::uint64_t{1} << (bits_ - bit)) - 1;
            total += static_cast<std::size_t>(std::popcount(word));
        }
        return total;
    }

private:
    std::span<std::uint64_t> words_;
    std::size_t bits_;
};

/// A bitmap with its own words.
template <std::size_t bits>
class Bitmap {
public:
    constexpr BitmapView view() { return {words_, bits}; }
    constexpr bool test(std::size_t bit) const { return (words_[bit / 64] >> bit % 64 & 1) != 0; }
    constexpr void set(std::size_t bit) { view().set(bit); }
    constexpr void reset(std::size_t bit) { view().reset(bit); }

private:
    std::array<std::uint64_t, (bits + 63) / 64> words_{};
};

}  // namespace axo
