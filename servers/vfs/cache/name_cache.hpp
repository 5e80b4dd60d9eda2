// Names that were looked up, so that a path VFS has walked before needs no request. VFS makes every
// change of a name itself; it removes the name here when the file system has answered. An entry holds
// no reference: it goes with either of its vnodes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lib/base/list.hpp"

namespace axo::vfs {

struct Vnode;

/// `text` in `directory` is `child`.
struct Name {
    static constexpr std::size_t longest = 39;

    ListNode bucket_node, directory_node, child_node;
    Vnode *directory = nullptr, *child = nullptr;
    std::uint32_t hash = 0;
    std::uint8_t bytes = 0;
    char text[longest];

    std::string_view view() const { return {text, bytes}; }
};
using NamesInDirectory = IntrusiveList<Name, &Name::directory_node>;
using NamesOfNode = IntrusiveList<Name, &Name::child_node>;

class NameCache {
public:
    static constexpr std::size_t capacity = 256, bucket_count = 128;

    NameCache() = default;
    NameCache(const NameCache &) = delete;
    NameCache &operator=(const NameCache &) = delete;

    /// Null if unknown. "." and ".." are never known.
    Vnode *find(const Vnode &directory, std::string_view name);
    /// The file system said so. Names that are too long are not kept; the oldest entry makes room.
    void add(Vnode &directory, std::string_view name, Vnode &child);
    /// The name does not exist any more, or names something else.
    void remove(const Vnode &directory, std::string_view name);
    /// The vnode is evicted.
    void forget(Vnode &vnode);

private:
    using Bucket = IntrusiveList<Name, &Name::bucket_node>;
    Name *entry(const Vnode &directory, std::string_view name, std::uint32_t hash);
    static void clear(Name &name);

    std::array<Bucket, bucket_count> buckets_;
    std::array<Name, capacity> names_;
    std::size_t oldest_ = 0;
};

}  // namespace axo::vfs
