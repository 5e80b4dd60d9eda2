// One metadata change: everything it touches is undone together or stays together. Allocation,
// directory and inode code takes the transaction it belongs to, so that a journal can group blocks
// by it. It lives within one attempt: no await between begin and commit.
#pragma once

#include <cstring>
#include <span>

#include "servers/ext2/inode.hpp"

namespace axo::ext2 {

class Transaction {
public:
    struct Record {
        enum class Kind : std::uint8_t { bytes, fresh, inode, freed, fresh_content, freed_content } kind;
        bool was_dirty;
        Buffer *buffer;
        Inode *inode;
        std::uint32_t offset, length;  // within the block; freed: offset is the block
        std::uint32_t saved;           // where the old bytes are
        std::uint64_t version;         // of the inode before; content: which block of the file
    };

    Transaction(BlockCache &cache, fs::ContentCache &content) : cache_(cache), content_(content) {}
    /// Room for the undo log; a transaction that needs more fails with no_memory.
    void attach(std::span<Record> records, std::span<std::byte> saved);

    void begin();
    void commit();
    void rollback();
    bool changed_anything() const { return record_count_ != 0; }

    /// The bytes may be changed after this. Errors: no_memory.
    Result<std::byte *> change(Buffer &buffer, std::size_t offset, std::size_t bytes);
    /// The inode's disk content may be changed after this; at commit its first `bytes` go to
    /// inode.table, which the caller has set (Volume::modify).
    Status change(Inode &inode, std::uint32_t bytes);
    /// A buffer for a newly allocated block: zeroed, or to be filled completely by the caller.
    enum class Fill { zero, by_caller };
    Result<Buffer *> fresh(std::uint32_t block, Fill fill = Fill::zero);
    /// The same for a block of a file's content.
    Result<std::byte *> fresh(Inode &inode, std::uint64_t logical, std::uint32_t block, Fill fill);
    /// The block, of metadata or of a file's content, was freed: what is cached of it goes nowhere.
    Status freed(std::uint32_t block);
    Status freed(Inode &inode, std::uint64_t logical);

    BlockCache &cache() { return cache_; }

private:
    Result<Record *> add(Record::Kind kind, std::size_t saved_bytes);
    bool covered(const Buffer &buffer, std::size_t offset, std::size_t end) const;
    void undo(const Record &record);

    BlockCache &cache_;
    fs::ContentCache &content_;
    std::span<Record> records_;
    std::span<std::byte> saved_;
    std::size_t record_count_ = 0, saved_count_ = 0;
};

}  // namespace axo::ext2
