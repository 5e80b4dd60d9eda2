// All vnodes. One that nobody uses stays for a while, so that opening it again costs no release and
// its link target stays known; then its holds are given back to the file system.
#pragma once

#include <array>

#include "servers/vfs/cache/read_cache.hpp"
#include "servers/vfs/file/vnode.hpp"

namespace axo::vfs {

/// Whether an answer of a file system says how things are now, or names may have changed since it was given.
enum class News { current, perhaps_old };

class VnodeTable {
public:
    static constexpr std::size_t bucket_count = 512;
    static constexpr std::uint32_t idle_max = 256;

    VnodeTable() = default;
    VnodeTable(const VnodeTable &) = delete;
    VnodeTable &operator=(const VnodeTable &) = delete;

    /// A file system returned this inode, held once more. Errors: no_memory (the hold is given back).
    Result<Ref<Vnode>> adopt(FileSystem &file_system, const fs::NodeInfo &info, News news = News::current);
    /// A pipe without a name.
    Result<Ref<Vnode>> make_anonymous(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid);
    /// Null if unknown.
    Vnode *find(const FileSystem &file_system, std::uint64_t inode);
    Vnode *find(const vm::FileId &file);
    /// The inode lost a name. When it was the last, an unused vnode goes at once.
    void unlinked(const FileSystem &file_system, std::uint64_t inode, std::uint64_t links_left);
    /// Evicts what nobody uses of this file system; true if nothing is left but what `last` and the file system itself
    /// hold.
    bool evict_all(const FileSystem &file_system, const Mount *last);

    /// The file with the lowest inode above `after` that VM keeps pages of, or null.
    Vnode *kept_by_vm(const FileSystem &file_system, std::uint64_t after);
    /// Nothing is remembered of this file system any more, and what nobody uses of it is evicted.
    void forget_all(const FileSystem &file_system);
    /// Every vnode of it that something is mounted on, in no order.
    template <typename Action>
    void for_each_covered(const FileSystem &file_system, Action action) {
        for (Bucket &list : buckets_)
            for (Vnode &vnode : list)
                if (vnode.file_system.get() == &file_system && vnode.marks != 0) action(vnode);
    }

    /// A vnode that is known, perhaps to nobody but this table.
    Ref<Vnode> use(Vnode &vnode);
    NameCache &names() { return names_; }
    ReadCache &pieces() { return pieces_; }

    void became_unused(Vnode &vnode);
    std::uint32_t in_use() const { return total_ - idle_; }

private:
    using Bucket = IntrusiveList<Vnode, &Vnode::bucket_node>;
    Bucket &bucket(std::uint32_t file_system, std::uint64_t inode) {
        return buckets_[(inode * 31 + file_system) % bucket_count];
    }
    void evict(Vnode &vnode);
    static void learn(Vnode &vnode, const fs::NodeInfo &info, News news);

    NameCache names_;
    ReadCache pieces_;
    std::array<Bucket, bucket_count> buckets_;
    IntrusiveList<Vnode, &Vnode::idle_node> idle_list_;  // longest unused first
    std::uint32_t total_ = 0, idle_ = 0;
    std::uint64_t next_anonymous_ = 1;
};

}  // namespace axo::vfs
