// The requests of VFS on a tree in memory. Nothing ever waits: each request checks everything, gets
// the memory it needs, and only then changes the tree.
#pragma once

#include "axo/fs_protocol.hpp"
#include "lib/fs/client_memory.hpp"
#include "lib/fs/permission.hpp"
#include "servers/tmpfs/tree.hpp"

namespace axo::tmpfs {

class FileSystem {
public:
    explicit FileSystem(Tree &tree, Heap &heap) : tree_(tree), staging_(heap) {}

    /// Room for names, paths and directory records. Errors: no_memory.
    Status prepare() { return staging_.resize(staging_bytes); }

    using Memory = fs::ClientMemory;
    /// Pages of memory by the mount options ("size=8m", "mode=1777"), at most `page_limit` by default.
    Result<fs::NodeInfo> run(const Memory &memory, const fs::Mount &request, std::size_t page_limit);
    Result<Nothing> run(const Memory &memory, const fs::Unmount &request);
    Result<fs::NodeInfo> run(const Memory &memory, const fs::Lookup &request);
    Result<Nothing> run(const Memory &memory, const fs::SetMountPoint &request);
    Result<Nothing> run(const Memory &memory, const fs::Release &request);
    Result<fs::Read::Reply> run(const Memory &memory, const fs::Read &request);
    Result<fs::Write::Reply> run(const Memory &memory, const fs::Write &request);
    Result<fs::ReadDirectory::Reply> run(const Memory &memory, const fs::ReadDirectory &request);
    Result<fs::NodeInfo> run(const Memory &memory, const fs::Create &request);
    Result<fs::NodeInfo> run(const Memory &memory, const fs::MakeDirectory &request);
    Result<Nothing> run(const Memory &memory, const fs::MakeSymbolicLink &request);
    Result<fs::ReadLink::Reply> run(const Memory &memory, const fs::ReadLink &request);
    Result<Nothing> run(const Memory &memory, const fs::Link &request);
    Result<fs::Unlink::Reply> run(const Memory &memory, const fs::Unlink &request);
    Result<fs::Rename::Reply> run(const Memory &memory, const fs::Rename &request);
    Result<Nothing> run(const Memory &memory, const fs::Truncate &request);
    Result<fs::NodeInfo> run(const Memory &memory, const fs::Stat &request);
    Result<Nothing> run(const Memory &memory, const fs::ChangeMode &request);
    Result<Nothing> run(const Memory &memory, const fs::ChangeOwner &request);
    Result<Nothing> run(const Memory &memory, const fs::SetTimes &request);
    Result<Nothing> run(const Memory &memory, const fs::Sync &request);
    Result<Nothing> run(const Memory &memory, const fs::FileSystemStat &request);
    Result<Nothing> run(const Memory &memory, const fs::NewDriver &request);
    Result<Nothing> run(const Memory &memory, const fs::Remount &request);

private:
    void touch_access(Node &node, std::uint32_t rule);
    static constexpr std::size_t staging_bytes = 8192;
    static constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 50;
    static constexpr std::uint32_t link_max = 65000;

    Result<std::string_view> name_from(const Memory &memory, GrantId grant, std::size_t bytes,
                                       std::size_t staging_offset = 0);
    Result<Node *> live_directory(std::uint64_t number) const;
    Result<Node *> walk(const fs::Caller &caller, std::string_view path, Node &start, std::size_t &consumed) const;
    /// A named node with the rules of set-group-ID directories. Errors: exists, no_space.
    Result<Node *> make_named(Node &directory, std::string_view name, std::uint32_t mode, std::uint32_t uid,
                              std::uint32_t gid);
    void changed(Node &directory) { directory.modify = directory.change = tree_.now(); }
    void unlink(Entry &entry);
    Status check_rename(const Node &from, const Node &to, const Entry &source, const Entry *target,
                        const fs::Rename &request) const;
    void cut(Node &node, std::uint64_t size);
    Status write_some(const Memory &memory, const fs::Write &request, Node &node, std::uint64_t start,
                      std::uint64_t &done);
    static fs::NodeInfo node_info(const Node &node, std::size_t consumed = 0);

    Tree &tree_;
    Vector<std::byte> staging_;
};

}  // namespace axo::tmpfs
