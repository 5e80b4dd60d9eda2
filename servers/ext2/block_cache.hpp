// The write-back cache of metadata, by block: bitmaps, inode tables, directories, indirect blocks. File content is
// cached by page (lib/fs/content_cache.hpp). Which block lies in which buffer, what is clean, dirty or under way to or
// from the device. It never does I/O: an attempt that misses a block notes it as wanted and gives up; the service
// brings it in and the attempt is made again.
//
// Within one attempt (an epoch) no buffer that was touched is evicted, so plain references to
// buffers stay good until the attempt is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "axo/error.hpp"
#include "lib/fs/in_flight.hpp"
#include "lib/fs/item_list.hpp"
#include "lib/sys/region.hpp"

namespace axo::ext2 {

inline constexpr std::uint32_t no_block = ~0u;

struct Buffer {
    std::uint32_t block = no_block;
    std::uint32_t epoch = 0;
    std::uint64_t dirty_since = 0;    // number of the change that made it dirty
    std::uint64_t written_since = 0;  // the same of what is on its way to the device
    Buffer *hash_next = nullptr;
    Buffer *previous = nullptr, *next = nullptr;  // in the clean or the dirty list
    std::uint32_t number = 0;                     // of its place in the memory
    bool valid = false;                           // holds the block's content
    bool dirty = false;                           // newer than the device
    bool reading = false;                         // on its way from the device
    bool writing = false;                         // on its way to the device
    bool doomed = false;                          // freed while writing: forget it afterwards
    bool pinned = false;                          // never evicted
};

using BufferList = fs::ItemList<Buffer>;

/// What the last attempt lacked.
struct Want {
    std::uint32_t block = no_block;  // to be read
    std::uint32_t count = 0;         // with its successors: read-ahead
    bool room = false;               // dirty buffers must be written first
    bool any() const { return block != no_block || room; }
};

class BlockCache {
public:
    /// `changes` is shared with the cache of content.
    explicit BlockCache(std::uint64_t &changes) : changes_(changes) {}
    BlockCache(const BlockCache &) = delete;
    BlockCache &operator=(const BlockCache &) = delete;

    /// `table` has a power of two of slots; `memory` room for buffers.size() blocks.
    void attach(std::span<Buffer> buffers, std::span<Buffer *> table, const sys::Region &memory,
                std::uint32_t block_size);
    /// The block's content, or the place for it.
    std::byte *data(const Buffer &buffer) const { return memory_.at(std::uint64_t{buffer.number} * block_size_); }

    void begin_epoch();
    const Want &want() const { return want_; }
    void want_room() { want_.room = true; }
    void want_block(std::uint32_t block, std::uint32_t count);

    /// The buffer with the block's content, or `absent` with the block wanted.
    Result<Buffer *> read(std::uint32_t block, std::uint32_t read_ahead = 1);
    /// Null when the content is not here; wants nothing.
    Buffer *peek(std::uint32_t block);
    /// A buffer for a block whose old content does not matter (the caller fills all of it), valid
    /// and dirty. `absent`: wait and try again.
    Result<Buffer *> take(std::uint32_t block);
    void mark_dirty(Buffer &buffer);
    void mark_clean(Buffer &buffer);   // undoing: its content equals the device's again
    void forget(std::uint32_t block);  // the block is free: its content goes nowhere
    void pin(Buffer &buffer);

    /// Takes buffers for up to `out.size()` missing blocks in a row from `block`; 0: busy or no room.
    unsigned begin_read(std::uint32_t block, std::span<Buffer *> out);
    void end_read(std::span<Buffer *const> buffers, bool ok);
    /// The oldest dirty buffer (or the given one) and its dirty neighbours, in a row.
    unsigned begin_write(std::span<Buffer *> out, fs::InFlight &busy, Buffer *seed = nullptr);
    /// Not ok: they are as dirty as before, and as old.
    void end_write(std::span<Buffer *const> buffers, bool ok);
    /// The number of the oldest dirty buffer, or more than any.
    std::uint64_t oldest_dirty() const { return dirty_.empty() ? ~std::uint64_t{0} : dirty_.first()->dirty_since; }
    bool in_flight(std::uint32_t block) const;

    std::uint32_t block_size() const { return block_size_; }
    std::size_t size() const { return buffers_.size(); }
    std::size_t dirty_count() const { return dirty_count_; }
    std::size_t writing_count() const { return writing_count_; }
    bool crowded() const { return dirty_count_ + writing_count_ > buffers_.size() / 2; }

private:
    Buffer *lookup(std::uint32_t block) const;
    Buffer *touch(Buffer &buffer);
    Buffer *evict();
    void insert(Buffer &buffer, std::uint32_t block);
    void unhash(Buffer &buffer);
    void drop(Buffer &buffer);
    std::size_t slot(std::uint32_t block) const { return (block * 2654435761u >> 8) & (table_.size() - 1); }
    Buffer *writable(std::uint32_t block, fs::InFlight &busy) const;
    void mark_dirty_again(Buffer &buffer, std::uint64_t since);

    std::uint64_t &changes_;
    std::span<Buffer> buffers_;
    std::span<Buffer *> table_;
    sys::Region memory_;
    std::uint32_t block_size_ = 0;
    std::uint32_t epoch_ = 1;
    BufferList clean_;  // least recently used first
    BufferList dirty_;  // oldest first
    std::size_t dirty_count_ = 0, writing_count_ = 0;
    Want want_;
};

}  // namespace axo::ext2
