// The bytes inside a pipe: a ring of 64 KiB whose storage is given by the owner. It moves no data;
// it says which spans to fill or to empty, so that the copy goes straight between the ring and user
// memory, and counts only what was really moved.
#pragma once

#include <cstddef>
#include <cstdint>

namespace axo::vfs {

inline constexpr std::uint32_t pipe_bytes = 65536;
inline constexpr std::uint32_t pipe_atomic = 4096;  // PIPE_BUF: a write up to this is never split

class PipeRing {
public:
    struct Span {
        std::uint32_t offset, bytes;  // into the storage
    };

    std::uint32_t used() const { return used_; }
    std::uint32_t room() const { return pipe_bytes - used_; }
    bool empty() const { return used_ == 0; }

    /// The next contiguous span to read from, at most `wanted` bytes; 0 bytes when empty.
    Span readable(std::uint64_t wanted) const { return clip(head_, used_, wanted); }
    /// The next contiguous span to write to; 0 bytes when full.
    Span writable(std::uint64_t wanted) const { return clip((head_ + used_) % pipe_bytes, room(), wanted); }

    void consumed(std::uint32_t bytes) {
        used_ -= bytes;
        head_ = used_ == 0 ? 0 : (head_ + bytes) % pipe_bytes;  // an empty ring starts anew: one span, warm cache
    }
    void produced(std::uint32_t bytes) { used_ += bytes; }

    /// How much of a write of `bytes` may go in now: a write up to pipe_atomic all or nothing.
    std::uint32_t accepts(std::uint64_t bytes) const {
        if (bytes <= pipe_atomic && bytes > room()) return 0;
        return bytes < room() ? static_cast<std::uint32_t>(bytes) : room();
    }

private:
    static Span clip(std::uint32_t start, std::uint32_t available, std::uint64_t wanted) {
        std::uint32_t bytes = pipe_bytes - start;
        if (bytes > available) bytes = available;
        if (bytes > wanted) bytes = static_cast<std::uint32_t>(wanted);
        return {start, bytes};
    }

    std::uint32_t head_ = 0, used_ = 0;
};

}  // namespace axo::vfs
