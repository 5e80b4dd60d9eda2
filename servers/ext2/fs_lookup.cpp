// Lookup, holds, and what all requests that name something share.
#include "lib/fs/path_walk.hpp"
#include "servers/ext2/file_system.hpp"
#include "servers/ext2/times.hpp"

namespace axo::ext2 {

void FileSystem::commit() {
    const bool changed = transaction().changed_anything();
    transaction().commit();
    if (changed && volume_.marked_clean()) volume_.mark_unclean();
}

fs::NodeInfo FileSystem::node_info(const Inode &inode, std::size_t consumed) const {
    return {.inode = inode.number,
            .size = inode.size(),
            .mode = inode.mode(),
            .uid = inode.uid(),
            .gid = inode.gid(),
            .links = inode.disk.links,
            .device = fs::mode::is_device(inode.mode()) ? inode.device() : 0,
            .consumed = static_cast<std::uint32_t>(consumed)};
}

Status FileSystem::touch(Inode &inode, unsigned times) {
    TRY(volume_.modify(transaction(), inode));
    set_times(volume_.geometry(), inode.disk, times, volume_.now());
    return {};
}

Result<fs::NodeInfo> FileSystem::open_root() {
    volume_.begin_attempt();
    Inode *const root = TRY(volume_.inode(root_inode));
    if (!root->is_directory() || root->disk.links == 0) return Error::invalid;
    volume_.hold(*root);
    return node_info(*root);
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
Result<Inode *> FileSystem::live_directory(std::uint64_t number) {
    Inode *const directory = TRY(volume_.held(number));
    if (!directory->is_directory()) return Error::not_directory;
    if (directory->disk.links == 0) return Error::no_entry;
    return directory;
}

/// As far as the path stays within this file system.
Result<Inode *> FileSystem::walk(const fs::Caller &caller, std::string_view path, Inode &start, Progress &progress,
                                 std::size_t &consumed) {
    Inode *node = &start;
    fs::PathWalk walk(path);
    for (unsigned depth = 0; !walk.at_end(); ++depth) {
        if (!node->is_directory()) return Error::not_directory;
        if (!fs::may_search(caller, node->mode(), node->uid(), node->gid())) return Error::access;
        const std::string_view name = walk.peek();
        if (name == ".." && node->number == root_inode) break;
        if (name.size() > fs::name_max) return Error::name_too_long;
        if (depth > progress.depth) {
            progress.search = {};
            progress.depth = depth;
        }
        if (name != ".") {
            directory::Search fresh;
            directory::Search &search = depth < progress.depth ? fresh : progress.search;
            TRY(directory::find(volume_, *node, name, 0, search));
            if (search.inode == 0) return Error::no_entry;
            node = TRY(volume_.inode(search.inode));
            if (node->disk.links == 0) return Error::io;
        }
        const bool more = walk.slash_follows();
        walk.take();
        if (node->is_symlink() || node->mount_point) break;
        if (more && !node->is_directory()) return Error::not_directory;
    }
    consumed = walk.consumed();
    return node;
}

Result<fs::NodeInfo> FileSystem::attempt(const Memory &memory, const fs::Lookup &request, Progress &progress) {
    constexpr std::size_t path_max = 4096;
    constexpr std::size_t groups_max = (staging_bytes - path_max) / sizeof(std::uint32_t);
    if (request.path_bytes > path_max) return Error::name_too_long;
    if (request.group_count > groups_max) return Error::invalid;
    Inode *const start = TRY(volume_.held(request.directory));
    if (request.path_bytes != 0) TRY(memory.copy_in(request.path, 0, staging_.data(), request.path_bytes));
    std::byte *const groups = staging_.data() + path_max;
    if (request.group_count != 0)
        TRY(memory.copy_in(request.groups, 0, groups, request.group_count * sizeof(std::uint32_t)));
    const fs::Caller caller{
        request.uid, request.gid, {reinterpret_cast<const std::uint32_t *>(groups), request.group_count}};
    std::size_t consumed = 0;
    const std::string_view path(reinterpret_cast<const char *>(staging_.data()), request.path_bytes);
    Inode *const node = TRY(walk(caller, path, *start, progress, consumed));
    volume_.hold(*node);
    return node_info(*node, consumed);
}

Result<Nothing> FileSystem::attempt(const Memory &, const fs::SetMountPoint &request, Progress &) {
    Inode *const inode = TRY(volume_.held(request.inode));
    inode->mount_point = request.on != 0;
    return Nothing{};
}

Result<Nothing> FileSystem::attempt(const Memory &, const fs::Release &request, Progress &) {
    Inode *const inode = TRY(volume_.held(request.inode));
    const bool last = inode->holds <= request.count;
    // The holds stay until the inode is gone, so that it can not be looked up or evicted meanwhile.
    if (last && inode->disk.links == 0 && inode->mode() != 0) TRY(delete_doomed(inode->number));
    volume_.release(*inode, request.count);
    return Nothing{};
}

/// The holds are gone whatever becomes of the inode.
Result<Nothing> FileSystem::give_up(const fs::Release &request, const Progress &, Error) {
    Inode *const inode = TRY(volume_.held(request.inode));
    volume_.release(*inode, request.count);
    return Nothing{};
}

}  // namespace axo::ext2
