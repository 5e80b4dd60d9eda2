// stat, mode, owner, times, and the figures of the whole file system.
#include "servers/tmpfs/file_system.hpp"

namespace axo::tmpfs {

Result<fs::NodeInfo> FileSystem::run(const Memory &memory, const fs::Stat &request) {
    Node *const node = TRY(tree_.held(request.inode));
    fs::LinuxStat stat{};
    stat.device = request.device;
    stat.inode = node->number;
    stat.links = node->links;
    stat.mode = node->mode;
    stat.uid = node->uid;
    stat.gid = node->gid;
    stat.special_device = node->device;
    stat.size = node->size;
    stat.block_size = page_size;
    stat.sectors = node->pages.count() * (page_size / 512);
    stat.access = node->access;
    stat.modify = node->modify;
    stat.change = node->change;
    TRY(memory.copy_out(request.buffer, 0, &stat, sizeof stat));
    return node_info(*node);
}

Result<Nothing> FileSystem::run(const Memory &, const fs::ChangeMode &request) {
    Node *const node = TRY(tree_.held(request.inode));
    node->mode = (node->mode & ~fs::mode::permissions) | (request.mode & fs::mode::permissions);
    node->change = tree_.now();
    return Nothing{};
}

Result<Nothing> FileSystem::run(const Memory &, const fs::ChangeOwner &request) {
    constexpr std::uint32_t unchanged = ~std::uint32_t{0};
    Node *const node = TRY(tree_.held(request.inode));
    if (request.uid != unchanged) node->uid = request.uid;
    if (request.gid != unchanged) node->gid = request.gid;
    if (request.clear_set_id != 0 && !node->is_directory()) {
        // Without execute permission for the group, set-group-ID means mandatory locking.
        node->mode &= ~(fs::mode::set_uid | ((node->mode & 0010) != 0 ? fs::mode::set_gid : 0));
    }
    node->change = tree_.now();
    return Nothing{};
}

Result<Nothing> FileSystem::run(const Memory &, const fs::SetTimes &request) {
    constexpr std::uint32_t unchanged = ~std::uint32_t{0};
    Node *const node = TRY(tree_.held(request.inode));
    if (request.access_nanoseconds != unchanged) node->access = {request.access_seconds, request.access_nanoseconds};
    if (request.modify_nanoseconds != unchanged) node->modify = {request.modify_seconds, request.modify_nanoseconds};
    node->change = tree_.now();
    return Nothing{};
}

Result<Nothing> FileSystem::run(const Memory &, const fs::Sync &) { return Nothing{}; }

Result<Nothing> FileSystem::run(const Memory &memory, const fs::FileSystemStat &request) {
    fs::LinuxStatFs stat{};
    stat.type = fs::tmpfs_magic;
    stat.block_size = stat.fragment_size = page_size;
    stat.blocks = tree_.pool().limit();
    stat.free_blocks = stat.available_blocks = tree_.pool().limit() - tree_.pool().used();
    stat.files = tree_.node_limit();
    stat.free_files = tree_.node_limit() - tree_.node_count();
    stat.name_max = fs::name_max;
    stat.flags = fs::statfs_flag::valid;
    TRY(memory.copy_out(request.buffer, 0, &stat, sizeof stat));
    return Nothing{};
}

/// VFS lets nobody write, and there is nothing to write out.
Result<Nothing> FileSystem::run(const Memory &, const fs::Remount &) { return Nothing{}; }

Result<Nothing> FileSystem::run(const Memory &, const fs::NewDriver &) { return Error::no_device; }

}  // namespace axo::tmpfs
