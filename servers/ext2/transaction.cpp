// The undo log. Old bytes are saved in lines of 64, and not twice when the line was saved a moment
// ago: bitmaps and counters are changed over and over by one transaction.
#include "servers/ext2/transaction.hpp"

#include <algorithm>

namespace axo::ext2 {

namespace {
constexpr std::size_t line = 64;
constexpr std::size_t looked_back = 8;  // records searched for one that covers a change already
}  // namespace

void Transaction::attach(std::span<Record> records, std::span<std::byte> saved) {
    records_ = records;
    saved_ = saved;
    begin();
}

void Transaction::begin() {
    record_count_ = 0;
    saved_count_ = 0;
}

Result<Transaction::Record *> Transaction::add(Record::Kind kind, std::size_t saved_bytes) {
    if (record_count_ == records_.size() || saved_.size() - saved_count_ < saved_bytes) return Error::no_memory;
    Record &record = records_[record_count_++];
    record = Record{};
    record.kind = kind;
    record.saved = static_cast<std::uint32_t>(saved_count_);
    saved_count_ += saved_bytes;
    return &record;
}

bool Transaction::covered(const Buffer &buffer, std::size_t offset, std::size_t end) const {
    const std::size_t oldest = record_count_ > looked_back ? record_count_ - looked_back : 0;
    for (std::size_t i = record_count_; i > oldest; --i) {
        const Record &record = records_[i - 1];
        if (record.buffer != &buffer) continue;
        if (record.kind == Record::Kind::fresh) return true;
        if (record.kind == Record::Kind::bytes && record.offset <= offset && end <= record.offset + record.length)
            return true;
    }
    return false;
}

Result<std::byte *> Transaction::change(Buffer &buffer, std::size_t offset, std::size_t bytes) {
    if (covered(buffer, offset, offset + bytes)) return cache_.data(buffer) + offset;
    const std::size_t start = offset & ~(line - 1);
    const std::size_t end = std::min<std::size_t>((offset + bytes + line - 1) & ~(line - 1), cache_.block_size());
    Record *const record = TRY(add(Record::Kind::bytes, end - start));
    record->buffer = &buffer;
    record->offset = static_cast<std::uint32_t>(start);
    record->length = static_cast<std::uint32_t>(end - start);
    record->was_dirty = buffer.dirty;
    std::memcpy(saved_.data() + record->saved, cache_.data(buffer) + start, end - start);
    cache_.mark_dirty(buffer);
    return cache_.data(buffer) + offset;
}

Status Transaction::change(Inode &inode, std::uint32_t bytes) {
    if (inode.changed) return {};
    Record *const record = TRY(add(Record::Kind::inode, sizeof inode.disk));
    record->inode = &inode;
    record->length = bytes;
    record->version = inode.version;
    std::memcpy(saved_.data() + record->saved, &inode.disk, sizeof inode.disk);
    inode.changed = true;
    return {};
}

Result<Buffer *> Transaction::fresh(std::uint32_t block, Fill fill) {
    Buffer *const buffer = TRY(cache_.take(block));
    auto record = add(Record::Kind::fresh, 0);
    if (!record) {
        cache_.forget(block);
        return record.error();
    }
    (*record)->buffer = buffer;
    if (fill == Fill::zero) std::memset(cache_.data(*buffer), 0, cache_.block_size());
    return buffer;
}

Status Transaction::freed(std::uint32_t block) {
    Record *const record = TRY(add(Record::Kind::freed, 0));
    record->offset = block;
    return {};
}

Result<std::byte *> Transaction::fresh(Inode &inode, std::uint64_t logical, std::uint32_t block, Fill fill) {
    std::byte *const data = TRY(content_.fresh(inode.content, logical, block));
    auto record = add(Record::Kind::fresh_content, 0);
    if (!record) {
        content_.forget(inode.content, logical);
        return record.error();
    }
    (*record)->inode = &inode;
    (*record)->version = logical;
    if (fill == Fill::zero) std::memset(data, 0, content_.block_size());
    return data;
}

Status Transaction::freed(Inode &inode, std::uint64_t logical) {
    Record *const record = TRY(add(Record::Kind::freed_content, 0));
    record->inode = &inode;
    record->version = logical;
    return {};
}

void Transaction::commit() {
    for (Record &record : records_.first(record_count_)) {
        if (record.kind == Record::Kind::freed) cache_.forget(record.offset);
        if (record.kind == Record::Kind::freed_content) content_.forget(record.inode->content, record.version);
        if (record.kind != Record::Kind::inode) continue;
        Inode &inode = *record.inode;
        std::memcpy(cache_.data(*inode.table) + inode.table_offset, &inode.disk, record.length);
        cache_.mark_dirty(*inode.table);
        inode.changed = false;
    }
    begin();
}

void Transaction::rollback() {
    while (record_count_ > 0) undo(records_[--record_count_]);
    saved_count_ = 0;
}

void Transaction::undo(const Record &record) {
    switch (record.kind) {
        case Record::Kind::bytes:
            std::memcpy(cache_.data(*record.buffer) + record.offset, saved_.data() + record.saved, record.length);
            if (!record.was_dirty) cache_.mark_clean(*record.buffer);
            break;
        case Record::Kind::fresh: cache_.forget(record.buffer->block); break;
        case Record::Kind::inode:
            std::memcpy(&record.inode->disk, saved_.data() + record.saved, sizeof record.inode->disk);
            record.inode->version = record.version;
            record.inode->changed = false;
            break;
        case Record::Kind::fresh_content: content_.forget(record.inode->content, record.version); break;
        case Record::Kind::freed:
        case Record::Kind::freed_content: break;
    }
}

}  // namespace axo::ext2
