// The pieces of memory of one copy to or from a client. Pieces that lie side by side become one.
#pragma once

#include <array>

#include "lib/fs/client_memory.hpp"

namespace axo::fs {

class SegmentList {
public:
    bool full() const { return count_ == items_.size(); }
    bool empty() const { return count_ == 0; }
    std::size_t bytes() const { return bytes_; }
    std::span<const Segment> span() const { return {items_.data(), count_}; }

    /// What a hole reads as, for copies to a client; at most a page. Only while not full.
    void add_zeros(std::size_t bytes) { add(const_cast<std::byte *>(zeros), bytes); }

    /// Only while not full.
    void add(std::byte *address, std::size_t bytes) {
        bytes_ += bytes;
        if (count_ != 0 && items_[count_ - 1].address + items_[count_ - 1].bytes == address) {
            items_[count_ - 1].bytes += bytes;
            return;
        }
        items_[count_++] = {address, bytes};
    }

private:
    alignas(64) static constexpr std::byte zeros[page_size]{};

    std::array<Segment, ClientMemory::max_segments> items_;
    std::size_t count_ = 0, bytes_ = 0;
};

}  // namespace axo::fs
