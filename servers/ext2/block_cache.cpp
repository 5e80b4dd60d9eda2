// Lists and hash table of the block cache. A buffer is in the clean list, in the dirty list, or in
// neither while it is under way or clean and pinned.
#include "servers/ext2/block_cache.hpp"

namespace axo::ext2 {

void BlockCache::attach(std::span<Buffer> buffers, std::span<Buffer *> table, const sys::Region &memory,
                        std::uint32_t block_size) {
    clean_ = dirty_ = {};
    dirty_count_ = writing_count_ = 0;
    want_ = {};
    buffers_ = buffers;
    table_ = table;
    memory_ = memory;
    block_size_ = block_size;
    for (Buffer *&chain : table_) chain = nullptr;
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
        buffers_[i] = Buffer{};
        buffers_[i].number = static_cast<std::uint32_t>(i);
        clean_.push_back(buffers_[i]);
    }
}

void BlockCache::begin_epoch() {
    ++epoch_;
    want_ = Want{};
}

void BlockCache::want_block(std::uint32_t block, std::uint32_t count) {
    if (want_.block != no_block) return;
    want_.block = block;
    want_.count = count;
}

Buffer *BlockCache::lookup(std::uint32_t block) const {
    for (Buffer *buffer = table_[slot(block)]; buffer != nullptr; buffer = buffer->hash_next)
        if (buffer->block == block) return buffer;
    return nullptr;
}

Buffer *BlockCache::touch(Buffer &buffer) {
    if (buffer.epoch == epoch_) return &buffer;
    buffer.epoch = epoch_;
    const bool in_clean_list = !buffer.dirty && !buffer.writing && !buffer.pinned;
    if (in_clean_list && clean_.last() != &buffer) {
        clean_.remove(buffer);
        clean_.push_back(buffer);
    }
    return &buffer;
}

Buffer *BlockCache::peek(std::uint32_t block) {
    Buffer *const buffer = lookup(block);
    return buffer != nullptr && buffer->valid ? touch(*buffer) : nullptr;
}

Result<Buffer *> BlockCache::read(std::uint32_t block, std::uint32_t read_ahead) {
    if (Buffer *const buffer = peek(block)) return buffer;
    want_block(block, read_ahead);
    return Error::absent;
}

Result<Buffer *> BlockCache::take(std::uint32_t block) {
    Buffer *buffer = lookup(block);
    if (buffer != nullptr && buffer->reading) {
        want_block(block, 1);  // a read-ahead is writing into it
        return Error::absent;
    }
    if (buffer == nullptr) {
        buffer = evict();
        if (buffer == nullptr) {
            want_room();
            return Error::absent;
        }
        insert(*buffer, block);
        clean_.push_back(*buffer);
    }
    buffer->valid = true;
    buffer->doomed = false;
    touch(*buffer);
    mark_dirty(*buffer);
    return buffer;
}

/// A clean buffer that this attempt did not touch, in no list and with no block.
Buffer *BlockCache::evict() {
    for (Buffer *buffer = clean_.first(); buffer != nullptr; buffer = buffer->next) {
        if (buffer->epoch == epoch_) continue;
        clean_.remove(*buffer);
        if (buffer->block != no_block) unhash(*buffer);
        return buffer;
    }
    return nullptr;
}

void BlockCache::insert(Buffer &buffer, std::uint32_t block) {
    buffer.block = block;
    buffer.valid = false;
    buffer.hash_next = table_[slot(block)];
    table_[slot(block)] = &buffer;
}

void BlockCache::unhash(Buffer &buffer) {
    Buffer **link = &table_[slot(buffer.block)];
    while (*link != &buffer) link = &(*link)->hash_next;
    *link = buffer.hash_next;
    buffer.block = no_block;
    buffer.valid = false;
}

void BlockCache::mark_dirty(Buffer &buffer) {
    if (buffer.dirty) return;
    if (!buffer.writing && !buffer.pinned) clean_.remove(buffer);
    buffer.dirty = true;
    buffer.dirty_since = ++changes_;
    dirty_.push_back(buffer);
    ++dirty_count_;
}

/// What was not written keeps its age, so that a flush that began before does not pass over it.
void BlockCache::mark_dirty_again(Buffer &buffer, std::uint64_t since) {
    mark_dirty(buffer);
    dirty_.remove(buffer);
    buffer.dirty_since = since;
    dirty_.insert_by_age(buffer);
}

void BlockCache::mark_clean(Buffer &buffer) {
    if (!buffer.dirty) return;
    dirty_.remove(buffer);
    buffer.dirty = false;
    --dirty_count_;
    if (!buffer.writing && !buffer.pinned) clean_.push_back(buffer);
}

/// The buffer is clean, in the clean list, and holds nothing worth keeping.
void BlockCache::drop(Buffer &buffer) {
    unhash(buffer);
    clean_.remove(buffer);
    clean_.push_front(buffer);
    buffer.epoch = 0;
}

void BlockCache::forget(std::uint32_t block) {
    Buffer *const buffer = lookup(block);
    if (buffer == nullptr || buffer->reading || buffer->pinned) return;
    mark_clean(*buffer);
    if (buffer->writing) {
        buffer->doomed = true;
        buffer->valid = false;
    } else {
        drop(*buffer);
    }
}

void BlockCache::pin(Buffer &buffer) {
    if (buffer.pinned) return;
    if (!buffer.dirty && !buffer.writing) clean_.remove(buffer);
    buffer.pinned = true;
}

unsigned BlockCache::begin_read(std::uint32_t block, std::span<Buffer *> out) {
    begin_epoch();
    unsigned count = 0;
    while (count < out.size() && lookup(block + count) == nullptr) {
        Buffer *const buffer = evict();
        if (buffer == nullptr) break;
        insert(*buffer, block + count);
        buffer->reading = true;
        out[count++] = buffer;
    }
    return count;
}

void BlockCache::end_read(std::span<Buffer *const> buffers, bool ok) {
    for (Buffer *const buffer : buffers) {
        buffer->reading = false;
        buffer->valid = ok;
        clean_.push_back(*buffer);
        if (!ok) drop(*buffer);
    }
}

/// The block's buffer if it can go to the device now.
Buffer *BlockCache::writable(std::uint32_t block, fs::InFlight &busy) const {
    Buffer *const buffer = lookup(block);
    return buffer != nullptr && buffer->dirty && !buffer->writing && !busy.touches(block) ? buffer : nullptr;
}

unsigned BlockCache::begin_write(std::span<Buffer *> out, fs::InFlight &busy, Buffer *seed) {
    if (seed == nullptr) {
        seed = dirty_.first();
        while (seed != nullptr && writable(seed->block, busy) == nullptr) seed = seed->next;
    }
    if (seed == nullptr || writable(seed->block, busy) == nullptr) return 0;
    std::uint32_t first = seed->block;
    while (first > 0 && seed->block - first + 1 < out.size() && writable(first - 1, busy) != nullptr) --first;
    unsigned count = 0;
    while (count < out.size()) {
        Buffer *const buffer = writable(first + count, busy);
        if (buffer == nullptr) break;
        dirty_.remove(*buffer);
        --dirty_count_;
        buffer->dirty = false;
        buffer->writing = true;
        buffer->written_since = buffer->dirty_since;
        ++writing_count_;
        out[count++] = buffer;
    }
    return count;
}

void BlockCache::end_write(std::span<Buffer *const> buffers, bool ok) {
    for (Buffer *const buffer : buffers) {
        buffer->writing = false;
        --writing_count_;
        if (!buffer->dirty && !buffer->pinned) clean_.push_back(*buffer);
        if (buffer->doomed) {
            buffer->doomed = false;
            drop(*buffer);
        } else if (!ok) {
            mark_dirty_again(*buffer, buffer->written_since);
        }
    }
}

bool BlockCache::in_flight(std::uint32_t block) const {
    const Buffer *const buffer = lookup(block);
    return buffer != nullptr && (buffer->reading || buffer->writing);
}

}  // namespace axo::ext2
