// Names that go, and the inodes that go with the last of them.
#include <utility>

#include "servers/ext2/allocator.hpp"
#include "servers/ext2/block_map.hpp"
#include "servers/ext2/file_system.hpp"
#include "servers/ext2/times.hpp"

namespace axo::ext2 {

Status FileSystem::check_removable(Inode &directory, Inode &victim, const fs::Unlink &request, Progress &progress) {
    if (fs::sticky_forbids(request.sticky_uid, directory.mode(), directory.uid(), victim.uid()))
        return Error::not_permitted;
    if (request.directory_only == 0) {
        if (victim.is_directory()) return Error::is_directory;
        if (victim.mount_point) return Error::busy;
    } else {
        if (!victim.is_directory()) return Error::not_directory;
        if (victim.mount_point) return Error::busy;
        if (!TRY(directory::is_empty(volume_, victim, progress.empty_search))) return Error::not_empty;
    }
    return {};
}

/// Takes `links` links away; the last one makes an orphan, or dooms an inode that nobody holds.
Status FileSystem::drop_link(Inode &inode, std::uint32_t links, Progress &progress) {
    TRY(touch(inode, change_time));
    inode.disk.links = static_cast<std::uint16_t>(inode.disk.links > links ? inode.disk.links - links : 0);
    progress.links_left = inode.disk.links;
    return {};
}

Result<fs::Unlink::Reply> FileSystem::attempt(const Memory &memory, const fs::Unlink &request, Progress &progress) {
    if (progress.doomed != 0) {
        TRY(delete_doomed(progress.doomed));
        return fs::Unlink::Reply{progress.doomed, 0};
    }
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    if (name == ".") return Error::invalid;
    if (name == "..") return request.directory_only != 0 ? Error::not_empty : Error::is_directory;
    Inode *const directory = TRY(live_directory(request.directory));
    TRY(directory::find(volume_, *directory, name, 0, progress.search));
    if (progress.search.inode == 0) return Error::no_entry;
    Inode *const victim = TRY(volume_.inode(progress.search.inode));
    if (victim->disk.links == 0 || victim == directory) return Error::io;
    TRY(check_removable(*directory, *victim, request, progress));
    TRY(touch(*directory, modify_time | change_time));
    TRY(directory::remove(volume_, transaction(), *directory, progress.search));
    if (victim->is_directory()) --directory->disk.links;
    TRY(drop_link(*victim, victim->is_directory() ? victim->disk.links : 1, progress));
    if (progress.links_left == 0) {
        volume_.count_orphan(1);
        if (victim->holds == 0) {
            progress.doomed = victim->number;
            return step_done;
        }
    }
    return fs::Unlink::Reply{victim->number, progress.links_left};
}

Result<fs::Unlink::Reply> FileSystem::give_up(const fs::Unlink &, const Progress &progress, Error error) {
    if (progress.doomed == 0) return error;
    return fs::Unlink::Reply{progress.doomed, 0};
}

/// The block of extended attributes that an image may have; it can be shared.
Status FileSystem::free_attributes(Inode &inode) {
    if (inode.disk.file_acl == 0) return {};
    constexpr std::size_t count_offset = 4;
    const std::uint32_t block = inode.disk.file_acl;
    if (!volume_.geometry().holds(block)) return Error::io;
    Buffer *const buffer = TRY(volume_.cache().read(block));
    std::uint32_t references;
    std::memcpy(&references, volume_.data(*buffer) + count_offset, sizeof references);
    if (references <= 1) {
        TRY(allocator::free_block(volume_, transaction(), block));
        TRY(transaction().freed(block));
    } else {
        --references;
        std::byte *const at = TRY(transaction().change(*buffer, count_offset, sizeof references));
        std::memcpy(at, &references, sizeof references);
    }
    inode.disk.file_acl = 0;
    return {};
}

/// One step towards freeing an inode without links: its last blocks, or finally the inode.
Status FileSystem::delete_step(std::uint32_t number) {
    Inode *const inode = TRY(volume_.inode(number));
    TRY(volume_.modify(transaction(), *inode));
    const bool has_blocks = inode->is_regular() || inode->is_directory() ||
                            (inode->is_symlink() && !inode->is_fast_symlink(volume_.geometry().block_size));
    if (has_blocks) {
        const std::uint64_t reached = TRY(block_map::free_tail(volume_, transaction(), *inode, 0, free_budget));
        if (reached != 0) return step_done;
    }
    TRY(free_attributes(*inode));
    TRY(allocator::free_inode(volume_, transaction(), *inode));
    inode->disk.size = 0;
    inode->disk.size_high = 0;
    inode->disk.sectors = 0;
    std::memset(inode->disk.block, 0, sizeof inode->disk.block);
    inode->version = volume_.next_version();
    return {};
}

/// One step for an inode that counts as an orphan. An inode that can not be deleted stays one: its names are gone,
/// which is what was asked for. Errors: absent, step_done.
Status FileSystem::delete_doomed(std::uint32_t number) {
    const Status deleted = delete_step(number);
    if (deleted) {
        volume_.count_orphan(-1);
        return {};
    }
    if (unfinished(deleted.error())) return deleted;
    transaction().rollback();
    return {};
}

Status FileSystem::free_orphans(Progress &progress) {
    volume_.begin_attempt();
    const Geometry &geometry = volume_.geometry();
    constexpr std::uint64_t looked_at = 256;  // inodes per step
    if (progress.done < geometry.first_inode - 1) progress.done = geometry.first_inode - 1;
    const std::uint64_t end = progress.done + looked_at < geometry.inodes ? progress.done + looked_at : geometry.inodes;
    const auto step = [&]() -> Result<Nothing> {
        for (; progress.done < end; ++progress.done) {
            const auto number = static_cast<std::uint32_t>(progress.done + 1);
            if (!TRY(allocator::inode_in_use(volume_, number))) continue;
            Inode *const inode = TRY(volume_.inode(number));
            if (inode->disk.links != 0 || inode->mode() == 0) continue;
            volume_.count_orphan(1 - static_cast<int>(std::exchange(progress.started, true)));
            TRY(delete_doomed(number));
            progress.started = false;
            ++progress.done;
            return step_done;  // this one stays deleted, whatever the next ones lack
        }
        if (progress.done < geometry.inodes) return step_done;
        return Nothing{};
    };
    const Result<Nothing> result = finish(step());
    if (!result) return result.error();
    return {};
}

/// The last thing that a truncation does before it can fail no more: what is zeroed is not undone.
Status FileSystem::zero_tail(Inode &inode, std::uint64_t size) {
    const std::uint32_t block_size = volume_.geometry().block_size;
    const std::size_t used = size & (block_size - 1);
    if (used == 0) return {};
    const std::uint64_t logical = size >> volume_.geometry().block_shift;
    std::byte *data = volume_.content().peek_to_change(inode.content, logical);
    if (data == nullptr) {
        const std::uint32_t block = TRY(block_map::find(volume_, inode, logical));
        if (block == 0) return {};
        volume_.content().want_blocks(inode.content, logical, block, 1);
        return Error::absent;
    }
    std::memset(data + used, 0, block_size - used);
    return {};
}

/// Cuts the file, or makes it longer by a hole; several steps when there is much to free.
Status FileSystem::truncate_step(Inode &inode, std::uint64_t size) {
    TRY(touch(inode, modify_time | change_time));
    if (size >= inode.size()) return grow_to(inode, size);
    const std::uint32_t shift = volume_.geometry().block_shift;
    const std::uint64_t first = (size + volume_.geometry().block_size - 1) >> shift;
    const std::uint64_t reached = TRY(block_map::free_tail(volume_, transaction(), inode, first, free_budget));
    if (reached > first) {
        if (reached << shift < inode.size()) inode.set_size(reached << shift);
        return step_done;
    }
    TRY(zero_tail(inode, size));
    inode.set_size(size);
    inode.last_block = 0;
    return {};
}

Result<Nothing> FileSystem::attempt(const Memory &, const fs::Truncate &request, Progress &) {
    Inode *const inode = TRY(volume_.held(request.inode));
    if (inode->is_directory()) return Error::is_directory;
    if (!inode->is_regular()) return Error::invalid;
    if (request.size > volume_.geometry().max_file_bytes()) return Error::file_too_big;
    TRY(truncate_step(*inode, request.size));
    return Nothing{};
}

}  // namespace axo::ext2
