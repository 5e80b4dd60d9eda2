// A mounted file system: geometry, super block, group descriptors, inodes in memory, and the one
// running transaction. All methods are synchronous; what needs a block that is not in the cache
// fails with `absent` and leaves nothing changed.
#pragma once

#include <algorithm>

#include "lib/base/vector.hpp"
#include "servers/ext2/geometry.hpp"
#include "servers/ext2/transaction.hpp"

namespace axo::ext2 {

struct Timestamp {
    std::uint64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
};

struct Wants {
    Want block;
    fs::ContentWant content;
    bool any() const { return block.any() || content.any(); }
};

class Volume {
public:
    explicit Volume(Heap &heap);
    ~Volume();
    Volume(const Volume &) = delete;
    Volume &operator=(const Volume &) = delete;

    /// Tables for a cache of metadata in this memory, and one of so many pages of content. Errors: no_memory.
    Status attach(const Geometry &geometry, const sys::Region &memory, std::size_t content_pages);
    /// Reads and pins super block and descriptors, checks them. Errors: absent (again!), invalid.
    Status load();
    /// Forgets everything; nothing may be dirty.
    void detach();
    bool mounted() const { return mounted_; }

    const Geometry &geometry() const { return geometry_; }
    void set_read_only(bool read_only) { geometry_.read_only = read_only; }
    BlockCache &cache() { return cache_; }
    fs::ContentCache &content() { return content_; }
    /// What the last attempt lacked in either.
    Wants wants() const { return {cache_.want(), content_.want()}; }
    /// Changes are counted; what became dirty up to now has this number or a smaller one.
    std::uint64_t last_change() const { return changes_; }
    std::uint64_t oldest_dirty() const { return std::min(cache_.oldest_dirty(), content_.oldest_dirty()); }
    std::size_t dirty_count() const { return cache_.dirty_count() + content_.dirty_count(); }
    std::size_t writing_count() const { return cache_.writing_count() + content_.writing_count(); }
    Transaction &transaction() { return transaction_; }

    const SuperBlock &super() const { return super_on(*super_buffer_); }
    /// What a buffer of the cache holds.
    std::byte *data(const Buffer &buffer) const { return cache_.data(buffer); }
    Result<SuperBlock *> change_super(Transaction &transaction);
    const GroupDescriptor &group(std::uint32_t group) const;
    Result<GroupDescriptor *> change_group(Transaction &transaction, std::uint32_t group);

    /// Errors: absent, io (no such inode number).
    Result<Inode *> inode(std::uint32_t number);
    /// An inode that VFS names: it must be held. Errors: absent, invalid.
    Result<Inode *> held(std::uint64_t number);
    /// Makes the disk content of an inode changeable. Errors: absent, no_memory.
    Status modify(Transaction &transaction, Inode &inode);
    std::size_t held_inodes() const { return held_count_; }
    std::size_t orphans() const { return orphan_count_; }
    void hold(Inode &inode) {
        if (inode.holds++ == 0) ++held_count_;
    }
    void release(Inode &inode, std::uint64_t count);
    void count_orphan(int change) { orphan_count_ += static_cast<std::size_t>(change); }

    void set_now(Timestamp now) { now_ = now; }
    Timestamp now() const { return now_; }
    std::uint64_t next_version() { return ++version_; }

    /// The state word of the super block: `valid` only while nothing is dirty and no orphan is left.
    bool marked_clean() const { return (super().state & fs_state::valid) != 0; }
    void mark_unclean();
    void mark_clean();
    /// Whether it may be marked so: all is written, no orphan is left, and it was in order when it was mounted. What a
    /// crash left is for e2fsck.
    bool in_order() const { return !was_unclean_ && all_written(); }
    /// Nothing is dirty, and no inode waits to be freed.
    bool all_written() const { return orphan_count_ == 0 && dirty_count() + writing_count() == 0; }
    Buffer &super_buffer() { return *super_buffer_; }
    bool was_unclean() const { return was_unclean_; }

private:
    static constexpr std::size_t inode_table_size = 1024;
    static constexpr std::size_t inodes_kept = 512;  // with no hold, for the next lookup

    SuperBlock &super_on(const Buffer &buffer) const {
        return *reinterpret_cast<SuperBlock *>(data(buffer) + geometry_.super_offset());
    }
    void set_state(unsigned state);
    Status check_groups() const;
    Inode *find(std::uint32_t number) const;
    Result<Buffer *> table_block(std::uint32_t number, std::uint32_t &offset);
    void use(Inode &inode);
    void insert(Inode &inode);
    void trim();
    void remove(Inode &inode);

    Heap &heap_;
    Geometry geometry_;
    std::uint64_t changes_ = 0;  // what became dirty, in both caches
    BlockCache cache_;
    fs::ContentCache content_;
    Transaction transaction_;
    Vector<Buffer> buffers_;
    Vector<Buffer *> table_;
    Vector<Transaction::Record> records_;
    Vector<std::byte> saved_;
    Vector<Buffer *> descriptor_buffers_;
    Vector<Inode *> inode_table_;
    Inode *oldest_ = nullptr, *newest_ = nullptr;  // all inodes, by use
    std::size_t inode_count_ = 0, held_count_ = 0, orphan_count_ = 0;
    Buffer *super_buffer_ = nullptr;
    Timestamp now_;
    std::uint64_t version_ = 0;
    std::uint32_t epoch_ = 0;
    bool mounted_ = false, was_unclean_ = false;

public:
    /// Starts an attempt: a new epoch in the cache and among the inodes, an empty transaction.
    void begin_attempt();
};

}  // namespace axo::ext2
