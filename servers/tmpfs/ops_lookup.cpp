// Mount, lookup, holds.
#include <algorithm>

#include "lib/fs/path_walk.hpp"
#include "servers/tmpfs/file_system.hpp"
#include "servers/tmpfs/mount_options.hpp"

namespace axo::tmpfs {

fs::NodeInfo FileSystem::node_info(const Node &node, std::size_t consumed) {
    return {.inode = node.number,
            .size = node.size,
            .mode = node.mode,
            .uid = node.uid,
            .gid = node.gid,
            .links = node.links,
            .device = node.device,
            .consumed = static_cast<std::uint32_t>(consumed)};
}

Result<fs::NodeInfo> FileSystem::run(const Memory &memory, const fs::Mount &request, std::size_t page_limit) {
    if (tree_.mounted()) return Error::busy;
    if (request.options_bytes > staging_bytes) return Error::invalid;
    if (request.options_bytes != 0) TRY(memory.copy_in(request.options, 0, staging_.data(), request.options_bytes));
    const std::string_view text(reinterpret_cast<const char *>(staging_.data()), request.options_bytes);
    const MountOptions options = TRY(parse_options(text, page_limit));
    TRY(tree_.create_root(options.mode, options.uid, options.gid, options.pages));
    return node_info(*tree_.root());
}

Result<Nothing> FileSystem::run(const Memory &, const fs::Unmount &request) {
    if (!tree_.mounted()) return Nothing{};
    if (request.force == 0 && (tree_.root()->holds > 1 || tree_.held_nodes() > 1)) return Error::busy;
    tree_.clear();
    return Nothing{};
}

Result<std::string_view> FileSystem::name_from(const Memory &memory, GrantId grant, std::size_t bytes,
                                               std::size_t staging_offset) {
    if (bytes == 0) return Error::no_entry;
    if (bytes > fs::name_max) return Error::name_too_long;
    std::byte *const at = staging_.data() + staging_offset;
    TRY(memory.copy_in(grant, 0, at, bytes));
    const std::string_view name(reinterpret_cast<const char *>(at), bytes);
    if (name.find('/') != std::string_view::npos || name.find('\0') != std::string_view::npos) return Error::invalid;
    return name;
}

/// A held directory that still has a name.
Result<Node *> FileSystem::live_directory(std::uint64_t number) const {
    Node *const directory = TRY(tree_.held(number));
    if (!directory->is_directory()) return Error::not_directory;
    if (directory->links == 0) return Error::no_entry;
    return directory;
}

Result<Node *> FileSystem::walk(const fs::Caller &caller, std::string_view path, Node &start,
                                std::size_t &consumed) const {
    Node *node = &start;
    fs::PathWalk walk(path);
    while (!walk.at_end()) {
        if (!node->is_directory()) return Error::not_directory;
        if (!fs::may_search(caller, node->mode, node->uid, node->gid)) return Error::access;
        const std::string_view name = walk.peek();
        if (name == ".." && node == tree_.root()) break;
        if (name.size() > fs::name_max) return Error::name_too_long;
        if (name == "..") {
            node = node->parent;
            if (node == nullptr) return Error::no_entry;  // of a directory that was removed
        } else if (name != ".") {
            const Entry *const entry = tree_.find(*node, name);
            if (entry == nullptr) return Error::no_entry;
            node = entry->node;
        }
        const bool more = walk.slash_follows();
        walk.take();
        if (node->is_symlink() || node->mount_point) break;
        if (more && !node->is_directory()) return Error::not_directory;
    }
    consumed = walk.consumed();
    return node;
}

Result<fs::NodeInfo> FileSystem::run(const Memory &memory, const fs::Lookup &request) {
    constexpr std::size_t path_max = 4096;
    constexpr std::size_t groups_max = (staging_bytes - path_max) / sizeof(std::uint32_t);
    if (request.path_bytes > path_max) return Error::name_too_long;
    if (request.group_count > groups_max) return Error::invalid;
    Node *const start = TRY(tree_.held(request.directory));
    if (request.path_bytes != 0) TRY(memory.copy_in(request.path, 0, staging_.data(), request.path_bytes));
    std::byte *const groups = staging_.data() + path_max;
    if (request.group_count != 0)
        TRY(memory.copy_in(request.groups, 0, groups, request.group_count * sizeof(std::uint32_t)));
    const fs::Caller caller{
        request.uid, request.gid, {reinterpret_cast<const std::uint32_t *>(groups), request.group_count}};
    std::size_t consumed = 0;
    const std::string_view path(reinterpret_cast<const char *>(staging_.data()), request.path_bytes);
    Node *const node = TRY(walk(caller, path, *start, consumed));
    tree_.hold(*node);
    return node_info(*node, consumed);
}

Result<Nothing> FileSystem::run(const Memory &, const fs::SetMountPoint &request) {
    Node *const node = TRY(tree_.held(request.inode));
    node->mount_point = request.on != 0;
    return Nothing{};
}

Result<Nothing> FileSystem::run(const Memory &, const fs::Release &request) {
    Node *const node = TRY(tree_.held(request.inode));
    tree_.release(*node, request.count);
    return Nothing{};
}

}  // namespace axo::tmpfs
