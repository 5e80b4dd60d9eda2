// File content: straight between the cache's pages and the granted memory, several blocks a copy.
#include <algorithm>
#include <utility>

#include "lib/fs/access_time.hpp"
#include "lib/fs/dirent_writer.hpp"
#include "lib/fs/segment_list.hpp"
#include "servers/ext2/block_map.hpp"
#include "servers/ext2/file_system.hpp"
#include "servers/ext2/times.hpp"

namespace axo::ext2 {

namespace {

constexpr std::uint32_t read_ahead_blocks = 32;

}  // namespace

/// How many blocks of the file follow each other on the device from here: what to read at once.
std::uint32_t FileSystem::run_length(Inode &inode, std::uint64_t logical, std::uint32_t block, std::uint64_t last) {
    const bool sequential = logical == 0 || logical == inode.next_read;
    const std::uint64_t wanted =
        sequential ? read_ahead_blocks : std::min<std::uint64_t>(last - logical + 1, read_ahead_blocks);
    const std::uint64_t end = (inode.size() + volume_.geometry().block_size - 1) >> volume_.geometry().block_shift;
    std::uint32_t count = 1;
    while (count < wanted && logical + count < end) {
        const auto next = block_map::find(volume_, inode, logical + count);
        if (!next || *next != block + count) break;
        ++count;
    }
    return count;
}

/// A block is to be read, with what lies behind it unless that failed before.
void FileSystem::want_content(Inode &inode, std::uint64_t logical, std::uint32_t block, std::uint64_t last,
                              const Progress &progress) {
    const std::uint32_t count = progress.single_reads ? 1 : run_length(inode, logical, block, last);
    volume_.content().want_blocks(inode.content, logical, block, count);
}

/// Copies what the cache has, up to the first missing block.
Status FileSystem::read_some(const Memory &memory, const fs::Read &request, Inode &inode, std::uint64_t bytes,
                             Progress &progress) {
    const Geometry &geometry = volume_.geometry();
    const std::uint64_t last = (request.offset + bytes - 1) >> geometry.block_shift;
    fs::SegmentList segments;
    bool missing = false;
    while (!segments.full() && progress.done + segments.bytes() < bytes) {
        const std::uint64_t position = request.offset + progress.done + segments.bytes();
        const std::uint64_t logical = position >> geometry.block_shift;
        const std::size_t within = position & (geometry.block_size - 1);
        const std::size_t part =
            std::min<std::uint64_t>(geometry.block_size - within, request.offset + bytes - position);
        std::byte *const data = volume_.content().peek(inode.content, logical);
        if (data != nullptr) {
            segments.add(data + within, part);
        } else {
            const auto block = block_map::find(volume_, inode, logical);
            if (!block && block.error() != Error::absent) return block.error();
            missing = !block || *block != 0;
            if (missing && block) want_content(inode, logical, *block, last, progress);
            if (missing) break;
            segments.add_zeros(part);
        }
        inode.next_read = static_cast<std::uint32_t>(logical + 1);
    }
    if (!segments.empty()) TRY(memory.scatter(request.buffer, progress.done, segments.span()));
    progress.done += segments.bytes();
    if (missing) return Error::absent;
    return {};
}

void FileSystem::touch_access_time(Inode &inode, std::uint32_t rule) {
    const DiskInode &disk = inode.disk;
    const auto now = static_cast<std::uint32_t>(volume_.now().seconds);
    if (!fs::notes_access(rule, {disk.access_time, disk.modify_time, disk.change_time}, now)) return;
    if (now == disk.access_time || volume_.geometry().read_only) return;
    // Not worth an error, or a wait for the table block.
    if (volume_.modify(transaction(), inode)) set_times(volume_.geometry(), inode.disk, access_time, volume_.now());
}

Result<fs::Read::Reply> FileSystem::attempt(const Memory &memory, const fs::Read &request, Progress &progress) {
    Inode *const inode = TRY(volume_.held(request.inode));
    if (inode->is_directory()) return Error::is_directory;
    if (!inode->is_regular()) return Error::invalid;
    const std::uint64_t size = inode->size();
    const std::uint64_t bytes = request.offset < size ? std::min(request.bytes, size - request.offset) : 0;
    while (progress.done < bytes) {
        const Status status = read_some(memory, request, *inode, bytes, progress);
        if (!status && status.error() != Error::absent && progress.done != 0) break;  // what came so far
        if (!status) return status.error();
    }
    touch_access_time(*inode, request.access_time);
    return fs::Read::Reply{std::min(progress.done, bytes)};
}

/// The larger size, with what the format needs for more than 2 GiB.
Status FileSystem::grow_to(Inode &inode, std::uint64_t size) {
    constexpr std::uint64_t large = 0x8000'0000;
    if (size <= inode.size()) return {};
    if (size >= large && (volume_.super().feature_ro_compat & ro_compat::large_file) == 0) {
        if (volume_.super().revision == 0) return Error::file_too_big;
        const std::size_t offset = volume_.geometry().super_offset() + offsetof(SuperBlock, feature_ro_compat);
        std::byte *const at = TRY(transaction().change(volume_.super_buffer(), offset, sizeof(std::uint32_t)));
        const std::uint32_t features = volume_.super().feature_ro_compat | ro_compat::large_file;
        std::memcpy(at, &features, sizeof features);
    }
    inode.set_size(size);
    return {};
}

/// The cached block to write into. `whole`: all of it will be overwritten.
Result<std::byte *> FileSystem::writable_block(Inode &inode, std::uint64_t logical, bool whole) {
    // Overwritten content is not undone: a copy that fails half way has written half, as on any system.
    fs::ContentCache &content = volume_.content();
    if (std::byte *const here = content.peek_to_change(inode.content, logical)) return here;
    const auto placed = TRY(block_map::place(volume_, transaction(), inode, logical));
    if (!placed.is_new && !whole) {
        content.want_blocks(inode.content, logical, placed.block, 1);
        return Error::absent;
    }
    const auto fill = whole ? Transaction::Fill::by_caller : Transaction::Fill::zero;
    return transaction().fresh(inode, logical, placed.block, fill);
}

/// A copy that failed half way leaves nothing where the file may grow to: that reads as zero.
void FileSystem::clear_behind_end(Inode &inode) {
    const std::size_t used = inode.size() & (volume_.geometry().block_size - 1);
    std::byte *const data =
        used != 0 ? volume_.content().peek(inode.content, inode.size() >> volume_.geometry().block_shift) : nullptr;
    if (data != nullptr) std::memset(data + used, 0, volume_.geometry().block_size - used);
}

/// Up to a few dozen blocks in one transaction. Returns the bytes written.
Result<std::size_t> FileSystem::write_chunk(const Memory &memory, const fs::Write &request, Inode &inode,
                                            Progress &progress) {
    const Geometry &geometry = volume_.geometry();
    const std::size_t most =
        progress.narrow ? 1 : std::min<std::size_t>(fs::ClientMemory::max_segments, volume_.content().size() / 8 + 1);
    fs::SegmentList segments;
    std::uint64_t position = progress.start + progress.done;
    const std::uint64_t end = progress.start + request.bytes;
    for (std::size_t i = 0; i < most && position < end; ++i) {
        const std::size_t within = position & (geometry.block_size - 1);
        const std::size_t part = std::min<std::uint64_t>(geometry.block_size - within, end - position);
        const std::uint64_t logical = position >> geometry.block_shift;
        const bool whole = part == geometry.block_size;
        std::byte *const data = TRY(writable_block(inode, logical, whole));
        segments.add(data + within, part);
        position += part;
    }
    const Status copied = memory.gather(request.buffer, progress.done, segments.span());
    if (!copied) {
        clear_behind_end(inode);
        return copied.error();
    }
    TRY(touch(inode, modify_time | change_time));
    TRY(grow_to(inode, position));
    return segments.bytes();
}

Result<fs::Write::Reply> FileSystem::attempt(const Memory &memory, const fs::Write &request, Progress &progress) {
    Inode *const inode = TRY(volume_.held(request.inode));
    if (inode->is_directory()) return Error::is_directory;
    if (!inode->is_regular()) return Error::invalid;
    if (!progress.started) progress.start = request.append != 0 ? inode->size() : request.offset;
    const std::uint64_t limit = volume_.geometry().max_file_bytes();
    if (progress.start > limit || request.bytes > limit - progress.start) return Error::file_too_big;
    if (request.bytes == 0) return fs::Write::Reply{0, progress.start, inode->size()};
    TRY(volume_.modify(transaction(), *inode));
    const Result<std::size_t> written = write_chunk(memory, request, *inode, progress);
    if (!written && !unfinished(written.error())) {
        // This chunk is undone, those before it stay. When the device is full, the last blocks one by one.
        transaction().rollback();
        if (written.error() == Error::no_space && !std::exchange(progress.narrow, true)) return step_done;
        return give_up(request, progress, written.error());
    }
    if (!written) return written.error();
    progress.started = true;
    progress.done += *written;
    if (progress.done < request.bytes) return step_done;
    return fs::Write::Reply{progress.done, progress.start + progress.done, inode->size()};
}

Result<fs::Read::Reply> FileSystem::give_up(const fs::Read &, const Progress &progress, Error error) {
    if (progress.done == 0) return error;
    return fs::Read::Reply{progress.done};
}

Result<fs::Write::Reply> FileSystem::give_up(const fs::Write &request, const Progress &progress, Error error) {
    if (progress.done == 0) return error;
    Inode *const inode = TRY(volume_.held(request.inode));
    return fs::Write::Reply{progress.done, progress.start + progress.done, inode->size()};
}

Result<fs::ReadDirectory::Reply> FileSystem::attempt(const Memory &memory, const fs::ReadDirectory &request,
                                                     Progress &) {
    constexpr std::uint8_t record_types[] = {0, 8, 4, 2, 6, 1, 12, 10};  // by EntryType
    Inode *const inode = TRY(volume_.held(request.inode));
    if (!inode->is_directory()) return Error::not_directory;
    fs::DirentWriter writer({staging_.data(), std::min<std::size_t>(request.bytes, staging_.size())});
    directory::Cursor cursor{.position = request.offset};
    std::uint64_t next = request.offset;
    bool full = false;
    while (inode->disk.links != 0) {
        const directory::Entry entry = TRY(directory::next_entry(volume_, *inode, cursor));
        if (entry.record_bytes == 0) break;
        const std::uint8_t type =
            volume_.geometry().has_types && entry.type < sizeof record_types ? record_types[entry.type] : 0;
        full = entry.inode != 0 && !writer.add(entry.inode, cursor.position, type, entry.name);
        if (full) break;
        next = cursor.position;
    }
    if (full && writer.used() == 0) return Error::invalid;
    if (writer.used() != 0) TRY(memory.copy_out(request.buffer, 0, staging_.data(), writer.used()));
    touch_access_time(*inode, request.access_time);
    return fs::ReadDirectory::Reply{writer.used(), next};
}

}  // namespace axo::ext2
