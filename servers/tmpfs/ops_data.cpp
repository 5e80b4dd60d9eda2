// File content and directory records.
#include <algorithm>
#include <cstring>

#include "lib/fs/access_time.hpp"
#include "lib/fs/dirent_writer.hpp"
#include "lib/fs/segment_list.hpp"
#include "servers/tmpfs/file_system.hpp"

namespace axo::tmpfs {

void FileSystem::touch_access(Node &node, std::uint32_t rule) {
    const fs::LinuxTime now = tree_.now();
    const fs::TimesInSeconds times{node.access.seconds, node.modify.seconds, node.change.seconds};
    if (fs::notes_access(rule, times, now.seconds)) node.access = now;
}

Result<fs::Read::Reply> FileSystem::run(const Memory &memory, const fs::Read &request) {
    Node *const node = TRY(tree_.held(request.inode));
    if (node->is_directory()) return Error::is_directory;
    if (!node->is_regular()) return Error::invalid;
    const std::uint64_t bytes = request.offset < node->size ? std::min(request.bytes, node->size - request.offset) : 0;
    std::uint64_t done = 0;
    while (done < bytes) {
        fs::SegmentList segments;
        while (!segments.full() && done + segments.bytes() < bytes) {
            const std::uint64_t position = request.offset + done + segments.bytes();
            const std::size_t within = position & (page_size - 1);
            const std::size_t part = std::min<std::uint64_t>(page_size - within, bytes - done - segments.bytes());
            std::byte *const page = tree_.find_page(*node, position >> page_shift);
            if (page != nullptr)
                segments.add(page + within, part);
            else
                segments.add_zeros(part);
        }
        TRY(memory.scatter(request.buffer, done, segments.span()));
        done += segments.bytes();
    }
    touch_access(*node, request.access_time);
    return fs::Read::Reply{done};
}

/// Nothing is kept from `size` on; what may come there reads as zero.
void FileSystem::cut(Node &node, std::uint64_t size) {
    tree_.cut_pages(node, (size + page_size - 1) >> page_shift);
    const std::size_t used = size & (page_size - 1);
    std::byte *const last = used != 0 ? tree_.find_page(node, size >> page_shift) : nullptr;
    if (last != nullptr) std::memset(last + used, 0, page_size - used);
}

/// Pages for one copy, then the copy. `done` grows; without space for a single page: no_space.
Status FileSystem::write_some(const Memory &memory, const fs::Write &request, Node &node, std::uint64_t start,
                              std::uint64_t &done) {
    fs::SegmentList segments;
    Status status;
    while (!segments.full() && done + segments.bytes() < request.bytes) {
        const std::uint64_t position = start + done + segments.bytes();
        const std::size_t within = position & (page_size - 1);
        const std::size_t part = std::min<std::uint64_t>(page_size - within, request.bytes - done - segments.bytes());
        const auto page = tree_.place_page(node, position >> page_shift);
        if (!page) {
            status = page.error();
            break;
        }
        segments.add(*page + within, part);
    }
    if (segments.empty()) return status;
    const Status copied = memory.gather(request.buffer, done, segments.span());
    if (!copied) {
        cut(node, node.size);  // nothing of it stays where the file may grow to
        return copied;
    }
    done += segments.bytes();
    node.size = std::max(node.size, start + done);
    return status;
}

Result<fs::Write::Reply> FileSystem::run(const Memory &memory, const fs::Write &request) {
    Node *const node = TRY(tree_.held(request.inode));
    if (node->is_directory()) return Error::is_directory;
    if (!node->is_regular()) return Error::invalid;
    const std::uint64_t start = request.append != 0 ? node->size : request.offset;
    if (start > max_file_bytes || request.bytes > max_file_bytes - start) return Error::file_too_big;
    std::uint64_t done = 0;
    while (done < request.bytes) {
        const Status status = write_some(memory, request, *node, start, done);
        if (status) continue;
        if (done == 0) return status.error();
        break;
    }
    if (done != 0) node->modify = node->change = tree_.now();
    return fs::Write::Reply{done, start + done, node->size};
}

Result<Nothing> FileSystem::run(const Memory &, const fs::Truncate &request) {
    Node *const node = TRY(tree_.held(request.inode));
    if (node->is_directory()) return Error::is_directory;
    if (!node->is_regular()) return Error::invalid;
    if (request.size > max_file_bytes) return Error::file_too_big;
    if (request.size < node->size) cut(*node, request.size);
    node->size = request.size;
    node->modify = node->change = tree_.now();
    return Nothing{};
}

namespace {

/// The first entry at or behind a position: where the last reader stopped, if this is its next request.
Entry *entry_from(const Node &directory, std::uint64_t position) {
    if (directory.last == nullptr || directory.last->position < position) return nullptr;
    Entry *const resume = directory.resume;
    if (resume != nullptr && resume->position >= position &&
        (resume->previous == nullptr || resume->previous->position < position))
        return resume;
    Entry *entry = directory.first;
    while (entry->position < position) entry = entry->next;
    return entry;
}

}  // namespace

Result<fs::ReadDirectory::Reply> FileSystem::run(const Memory &memory, const fs::ReadDirectory &request) {
    constexpr std::uint8_t directory_type = 4;
    Node *const node = TRY(tree_.held(request.inode));
    if (!node->is_directory()) return Error::not_directory;
    if (node->links == 0) return fs::ReadDirectory::Reply{0, request.offset};
    fs::DirentWriter writer({staging_.data(), std::min<std::size_t>(request.bytes, staging_.size())});
    std::uint64_t next = request.offset;
    bool full = false;
    const auto put = [&](const Node &target, std::uint64_t position, std::uint8_t type, std::string_view name) {
        full = full || !writer.add(target.number, position + 1, type, name);
        if (!full) next = position + 1;
    };
    if (next == 0) put(*node, 0, directory_type, ".");
    if (next == 1) put(*node->parent, 1, directory_type, "..");
    Entry *entry = next >= 2 ? entry_from(*node, next) : nullptr;
    for (; entry != nullptr && !full; entry = full ? entry : entry->next)
        put(*entry->node, entry->position, fs::mode::record_type(entry->node->mode), entry->name());
    node->resume = entry;
    if (full && writer.used() == 0) return Error::invalid;
    if (writer.used() != 0) TRY(memory.copy_out(request.buffer, 0, staging_.data(), writer.used()));
    touch_access(*node, request.access_time);
    return fs::ReadDirectory::Reply{writer.used(), next};
}

}  // namespace axo::tmpfs
