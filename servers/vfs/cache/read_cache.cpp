// See read_cache.hpp.
#include "servers/vfs/cache/read_cache.hpp"

#include <cstring>

#include "lib/base/heap.hpp"
#include "servers/vfs/file/vnode.hpp"

namespace axo::vfs {

const std::byte *ReadCache::find(const Vnode &vnode, std::uint64_t offset, std::uint64_t bytes,
                                 std::uint32_t access_time) const {
    if (access_time == fs::access_time::strict) return nullptr;
    for (const Piece &piece : pieces_) {
        if (piece.vnode != &vnode || piece.content_changes != vnode.content_changes || vnode.writing != 0) continue;
        if (piece.access_time != access_time && piece.access_time == fs::access_time::kept) continue;
        if (offset < piece.offset || offset - piece.offset > piece.bytes) continue;
        const std::uint64_t skipped = offset - piece.offset;
        if (bytes <= piece.bytes - skipped) return vnode.file_system->remembers ? piece.data + skipped : nullptr;
    }
    return nullptr;
}

bool ReadCache::worth_keeping(Vnode &vnode, std::uint64_t offset, std::uint64_t bytes) {
    const bool again = vnode.read_offset == offset && vnode.read_bytes == bytes;
    vnode.read_offset = offset;
    vnode.read_bytes = bytes;
    return again && bytes <= longest && vnode.file_system && vnode.file_system->remembers;
}

void ReadCache::keep(const Vnode &vnode, std::uint64_t offset, const std::byte *data, std::uint64_t bytes,
                     std::uint64_t content_changes, std::uint32_t access_time) {
    Piece &piece = pieces_[oldest_];
    clear(piece);
    // A piece that begins on a page costs the kernel the fewest lookups to copy.
    const Result<void *> memory =
        arena_heap().allocate(bytes, bytes < page_size ? alignof(std::max_align_t) : page_size);
    if (!memory) return;
    oldest_ = (oldest_ + 1) % capacity;
    piece = {&vnode, offset, bytes, content_changes, static_cast<std::byte *>(*memory), access_time};
    std::memcpy(piece.data, data, bytes);
}

void ReadCache::forget(const Vnode &vnode) {
    for (Piece &piece : pieces_) {
        if (piece.vnode == &vnode) clear(piece);
    }
}

void ReadCache::clear(Piece &piece) {
    if (piece.data != nullptr) arena_heap().free(piece.data);
    piece = Piece{};
}

}  // namespace axo::vfs
