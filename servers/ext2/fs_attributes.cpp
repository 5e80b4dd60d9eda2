// stat, mode, owner, times, and the figures of the whole file system.
#include "lib/fs/linux_stat.hpp"
#include "servers/ext2/file_system.hpp"
#include "servers/ext2/times.hpp"

namespace axo::ext2 {

namespace {

fs::LinuxTime linux_time(bool has_extra, std::uint32_t seconds, std::uint32_t extra) {
    const Timestamp time = decode_time(has_extra, seconds, extra);
    return {time.seconds, time.nanoseconds};
}

}  // namespace

Result<fs::NodeInfo> FileSystem::attempt(const Memory &memory, const fs::Stat &request, Progress &) {
    Inode *const inode = TRY(volume_.held(request.inode));
    const DiskInode &disk = inode->disk;
    const bool extra = has_extra_times(volume_.geometry(), disk);
    fs::LinuxStat stat{};
    stat.device = request.device;
    stat.inode = inode->number;
    stat.links = disk.links;
    stat.mode = inode->mode();
    stat.uid = inode->uid();
    stat.gid = inode->gid();
    stat.special_device = fs::mode::is_device(inode->mode()) ? inode->device() : 0;
    stat.size = inode->size();
    stat.block_size = 4096;
    stat.sectors = disk.sectors;
    stat.access = linux_time(extra, disk.access_time, disk.access_extra);
    stat.modify = linux_time(extra, disk.modify_time, disk.modify_extra);
    stat.change = linux_time(extra, disk.change_time, disk.change_extra);
    TRY(memory.copy_out(request.buffer, 0, &stat, sizeof stat));
    return node_info(*inode);
}

Result<Nothing> FileSystem::attempt(const Memory &, const fs::ChangeMode &request, Progress &) {
    Inode *const inode = TRY(volume_.held(request.inode));
    TRY(touch(*inode, change_time));
    const std::uint32_t kept = inode->mode() & ~fs::mode::permissions;
    inode->disk.mode = static_cast<std::uint16_t>(kept | (request.mode & fs::mode::permissions));
    return Nothing{};
}

Result<Nothing> FileSystem::attempt(const Memory &, const fs::ChangeOwner &request, Progress &) {
    constexpr std::uint32_t unchanged = ~std::uint32_t{0};
    Inode *const inode = TRY(volume_.held(request.inode));
    TRY(touch(*inode, change_time));
    if (request.uid != unchanged) inode->set_uid(request.uid);
    if (request.gid != unchanged) inode->set_gid(request.gid);
    if (request.clear_set_id != 0 && !inode->is_directory()) {
        std::uint32_t cleared = fs::mode::set_uid;
        if ((inode->mode() & 0010) != 0) cleared |= fs::mode::set_gid;  // without x it means mandatory locking
        inode->disk.mode = static_cast<std::uint16_t>(inode->mode() & ~cleared);
    }
    return Nothing{};
}

Result<Nothing> FileSystem::attempt(const Memory &, const fs::SetTimes &request, Progress &) {
    constexpr std::uint32_t unchanged = ~std::uint32_t{0};
    Inode *const inode = TRY(volume_.held(request.inode));
    TRY(touch(*inode, change_time));
    if (request.access_nanoseconds != unchanged) {
        const Timestamp time{request.access_seconds, request.access_nanoseconds};
        set_times(volume_.geometry(), inode->disk, access_time, time);
    }
    if (request.modify_nanoseconds != unchanged) {
        const Timestamp time{request.modify_seconds, request.modify_nanoseconds};
        set_times(volume_.geometry(), inode->disk, modify_time, time);
    }
    return Nothing{};
}

Result<Nothing> FileSystem::attempt(const Memory &memory, const fs::FileSystemStat &request, Progress &) {
    const Geometry &geometry = volume_.geometry();
    const SuperBlock &super = volume_.super();
    const std::uint64_t overhead =
        geometry.first_data_block + std::uint64_t{geometry.groups} * (geometry.inode_table_blocks() + 2) + 1;
    fs::LinuxStatFs stat{};
    stat.type = fs::ext2_magic;
    stat.block_size = stat.fragment_size = geometry.block_size;
    stat.blocks = geometry.blocks > overhead ? geometry.blocks - overhead : 0;
    stat.free_blocks = super.free_blocks;
    stat.available_blocks = super.free_blocks > super.reserved_blocks ? super.free_blocks - super.reserved_blocks : 0;
    stat.files = geometry.inodes;
    stat.free_files = super.free_inodes;
    stat.name_max = fs::name_max;
    stat.flags = fs::statfs_flag::valid | (geometry.read_only ? fs::statfs_flag::read_only : 0);
    TRY(memory.copy_out(request.buffer, 0, &stat, sizeof stat));
    return Nothing{};
}

}  // namespace axo::ext2
