// The few pieces of files that are read again and again, so that reading them once more needs no
// request. A piece is kept when the same one is read twice in a row; writing to its file ends it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "axo/error.hpp"

namespace axo::vfs {

struct Vnode;

class ReadCache {
public:
    static constexpr std::size_t capacity = 8;
    static constexpr std::uint64_t longest = 64 * 1024;

    ReadCache() = default;
    ReadCache(const ReadCache &) = delete;
    ReadCache &operator=(const ReadCache &) = delete;

    /// The bytes, if all of them are here and current, for a reader by this rule (fs_protocol.hpp); good until the next
    /// call of anything but find().
    const std::byte *find(const Vnode &vnode, std::uint64_t offset, std::uint64_t bytes,
                          std::uint32_t access_time) const;
    /// Notes that this piece is read. True if it is the one that was read last and should be kept.
    static bool worth_keeping(Vnode &vnode, std::uint64_t offset, std::uint64_t bytes);
    /// Copies the bytes, as the file held them when `content_changes` was this. The oldest piece makes
    /// room. Without memory for it nothing is kept.
    void keep(const Vnode &vnode, std::uint64_t offset, const std::byte *data, std::uint64_t bytes,
              std::uint64_t content_changes, std::uint32_t access_time);
    /// The vnode is evicted.
    void forget(const Vnode &vnode);

private:
    struct Piece {
        const Vnode *vnode = nullptr;
        std::uint64_t offset = 0, bytes = 0, content_changes = 0;
        std::byte *data = nullptr;
        std::uint32_t access_time = 0;  // the rule of the reading: one that noted nothing is not for those who would
    };
    static void clear(Piece &piece);

    std::array<Piece, capacity> pieces_;
    std::size_t oldest_ = 0;
};

}  // namespace axo::vfs
