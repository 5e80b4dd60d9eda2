// A ring of bytes of fixed size: what waits to be sent, and the base of what was typed. Positions
// are counted from the start of time, so that "empty" and "full" need no spare element.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace axo::tty {

template <std::size_t capacity_bytes>
class ByteRing {
    static_assert((capacity_bytes & (capacity_bytes - 1)) == 0, "positions are reduced by a mask");

public:
    static constexpr std::size_t capacity = capacity_bytes;

    std::size_t size() const { return head_ - tail_; }
    std::size_t room() const { return capacity - size(); }
    bool empty() const { return head_ == tail_; }
    std::uint64_t head() const { return head_; }
    std::uint64_t tail() const { return tail_; }
    std::uint8_t at(std::uint64_t position) const { return bytes_[position & mask]; }

    /// The caller checked room().
    void push(std::uint8_t byte) { bytes_[head_++ & mask] = byte; }
    std::uint8_t pop() { return bytes_[tail_++ & mask]; }
    void drop_newest() { --head_; }
    void drop_oldest(std::size_t count) { tail_ += count; }
    void clear() { tail_ = head_; }

    /// The longest run of oldest bytes that lies in one piece.
    std::span<const std::uint8_t> oldest() const {
        const std::size_t start = tail_ & mask;
        return {bytes_ + start, std::min(size(), capacity - start)};
    }

private:
    static constexpr std::uint64_t mask = capacity - 1;
    std::uint64_t head_ = 0, tail_ = 0;
    std::uint8_t bytes_[capacity] = {};
};

}  // namespace axo::tty
