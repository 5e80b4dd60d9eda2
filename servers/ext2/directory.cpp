// Walking and changing directory blocks.
#include "servers/ext2/directory.hpp"

#include <algorithm>

#include "servers/ext2/block_map.hpp"

namespace axo::ext2::directory {

namespace {

constexpr std::uint32_t read_ahead = 8;

/// The block that holds byte `position`. A directory has no holes.
Result<Buffer *> block_at(Volume &volume, const Inode &directory, std::uint64_t position) {
    const std::uint32_t block = TRY(block_map::find(volume, directory, position >> volume.geometry().block_shift));
    if (block == 0) return Error::io;
    const std::uint64_t left = (directory.size() - 1 - position) >> volume.geometry().block_shift;
    return volume.cache().read(block, static_cast<std::uint32_t>(std::min<std::uint64_t>(left + 1, read_ahead)));
}

/// A directory's size is whole blocks, and no more than the blocks it claims to have.
Status check_size(const Volume &volume, const Inode &directory) {
    const std::uint64_t size = directory.size();
    if (size == 0 || (size & (volume.geometry().block_size - 1)) != 0) return Error::io;
    if (size / 512 > directory.disk.sectors) return Error::io;
    return {};
}

EntryHeader header_at(const std::byte *at) {
    EntryHeader header;
    std::memcpy(&header, at, sizeof header);
    return header;
}

Status check_header(const Volume &volume, const EntryHeader &header, std::uint32_t offset) {
    const std::uint32_t left = volume.geometry().block_size - offset;
    if (header.record_bytes < 8 || (header.record_bytes & 3) != 0 || header.record_bytes > left) return Error::io;
    if (header.inode != 0 && 8u + header.name_bytes > header.record_bytes) return Error::io;
    return {};
}

Entry make_entry(const EntryHeader &header, std::uint64_t position, const std::byte *at) {
    Entry entry;
    entry.position = position;
    entry.inode = header.inode;
    entry.record_bytes = header.record_bytes;
    entry.type = header.type;
    if (header.inode != 0) entry.name = {reinterpret_cast<const char *>(at + sizeof header), header.name_bytes};
    return entry;
}

}  // namespace

Result<Entry> next_entry(Volume &volume, Inode &directory, Cursor &cursor) {
    TRY(check_size(volume, directory));
    const std::uint32_t block_size = volume.geometry().block_size;
    while (cursor.position < directory.size()) {
        Buffer *const buffer = TRY(block_at(volume, directory, cursor.position));
        const std::uint64_t block_start = cursor.position & ~std::uint64_t{block_size - 1};
        // Entries never move, but one that was removed has become the tail of its predecessor: go
        // through the block from its start to the first entry at or behind the position.
        auto offset = cursor.exact ? static_cast<std::uint32_t>(cursor.position - block_start) : 0;
        cursor.exact = true;
        while (offset < block_size) {
            if (block_size - offset < 8) return Error::io;
            const EntryHeader header = header_at(volume.data(*buffer) + offset);
            TRY(check_header(volume, header, offset));
            const std::uint64_t at = block_start + offset;
            offset += header.record_bytes;
            if (at < cursor.position) continue;
            cursor.position = block_start + offset;
            return make_entry(header, at, volume.data(*buffer) + (at - block_start));
        }
        cursor.position = block_start + block_size;
    }
    return Entry{};
}

namespace {

/// Goes through one block, from its start. True: the name was found.
Result<bool> find_in_block(Volume &volume, const Buffer &buffer, std::string_view name, unsigned room_for,
                           Search &search) {
    const std::uint32_t block_size = volume.geometry().block_size;
    for (std::uint32_t offset = 0; offset < block_size;) {
        if (block_size - offset < 8) return Error::io;
        const EntryHeader header = header_at(volume.data(buffer) + offset);
        TRY(check_header(volume, header, offset));
        const char *const entry_name = reinterpret_cast<const char *>(volume.data(buffer) + offset + sizeof header);
        if (header.inode != 0 && header.name_bytes == name.size() && entry_name[0] == name[0] &&
            std::memcmp(entry_name, name.data(), name.size()) == 0) {
            search.entry = search.position + offset;
            search.inode = header.inode;
            return true;
        }
        if (room_for != 0 && search.room == nowhere) {
            const unsigned used = header.inode != 0 ? entry_bytes(header.name_bytes) : 0;
            if (header.record_bytes >= used + room_for) search.room = search.position + offset;
        }
        offset += header.record_bytes;
    }
    return false;
}

}  // namespace

Status find(Volume &volume, Inode &directory, std::string_view name, unsigned room_for, Search &search) {
    TRY(check_size(volume, directory));
    if (search.version != directory.version) {
        search = Search{};
        search.version = directory.version;
    }
    while (!search.done && search.position < directory.size()) {
        Buffer *const buffer = TRY(block_at(volume, directory, search.position));
        search.done = TRY(find_in_block(volume, *buffer, name, room_for, search));
        if (!search.done) search.position += volume.geometry().block_size;
    }
    search.done = true;
    return {};
}

namespace {

void write_entry(const Volume &volume, std::byte *at, std::uint32_t record_bytes, std::string_view name,
                 const Inode &target) {
    EntryHeader header{};
    header.inode = target.number;
    header.record_bytes = static_cast<std::uint16_t>(record_bytes);
    header.name_bytes = static_cast<std::uint8_t>(name.size());
    if (volume.geometry().has_types) header.type = static_cast<std::uint8_t>(entry_type(target.mode()));
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + sizeof header, name.data(), name.size());
}

/// The entries changed: readers start anew, a hashed index is no longer kept.
Status touch(Volume &volume, Transaction &transaction, Inode &directory) {
    TRY(volume.modify(transaction, directory));
    directory.version = volume.next_version();
    directory.disk.flags &= ~inode_flag::index;
    return {};
}

Status append_block(Volume &volume, Transaction &transaction, Inode &directory, std::string_view name,
                    const Inode &target) {
    const std::uint32_t block_size = volume.geometry().block_size;
    if (directory.size() + block_size > 0x7fff'ffff) return Error::no_space;
    const auto placed =
        TRY(block_map::place(volume, transaction, directory, directory.size() >> volume.geometry().block_shift));
    Buffer *const buffer = TRY(transaction.fresh(placed.block));
    write_entry(volume, volume.data(*buffer), block_size, name, target);
    directory.set_size(directory.size() + block_size);
    return {};
}

}  // namespace

Status insert(Volume &volume, Transaction &transaction, Inode &directory, std::string_view name, const Inode &target,
              const Search &search) {
    TRY(touch(volume, transaction, directory));
    if (search.room == nowhere) return append_block(volume, transaction, directory, name, target);
    Buffer *const buffer = TRY(block_at(volume, directory, search.room));
    const auto offset = static_cast<std::uint32_t>(search.room & (volume.geometry().block_size - 1));
    EntryHeader header = header_at(volume.data(*buffer) + offset);
    const unsigned used = header.inode != 0 ? entry_bytes(header.name_bytes) : 0;
    const unsigned new_bytes = header.record_bytes - used;
    std::byte *const at =
        TRY(transaction.change(*buffer, offset, used + entry_bytes(static_cast<unsigned>(name.size()))));
    if (used != 0) {
        header.record_bytes = static_cast<std::uint16_t>(used);
        std::memcpy(at, &header, sizeof header);
    }
    write_entry(volume, at + used, new_bytes, name, target);
    return {};
}

Status remove(Volume &volume, Transaction &transaction, Inode &directory, const Search &search) {
    TRY(touch(volume, transaction, directory));
    Buffer *const buffer = TRY(block_at(volume, directory, search.entry));
    const auto offset = static_cast<std::uint32_t>(search.entry & (volume.geometry().block_size - 1));
    std::uint32_t previous = offset;
    for (std::uint32_t at = 0; at < offset; at += header_at(volume.data(*buffer) + at).record_bytes) previous = at;
    EntryHeader removed = header_at(volume.data(*buffer) + offset);
    if (previous == offset) {  // the first of its block stays, as an empty one
        removed.inode = 0;
        std::byte *const at = TRY(transaction.change(*buffer, offset, sizeof removed));
        std::memcpy(at, &removed, sizeof removed);
        return {};
    }
    EntryHeader header = header_at(volume.data(*buffer) + previous);
    header.record_bytes = static_cast<std::uint16_t>(header.record_bytes + removed.record_bytes);
    std::byte *const at = TRY(transaction.change(*buffer, previous, sizeof header));
    std::memcpy(at, &header, sizeof header);
    return {};
}

Status redirect(Volume &volume, Transaction &transaction, Inode &directory, const Search &search, const Inode &target) {
    TRY(touch(volume, transaction, directory));
    Buffer *const buffer = TRY(block_at(volume, directory, search.entry));
    const auto offset = static_cast<std::uint32_t>(search.entry & (volume.geometry().block_size - 1));
    EntryHeader header = header_at(volume.data(*buffer) + offset);
    header.inode = target.number;
    if (volume.geometry().has_types) header.type = static_cast<std::uint8_t>(entry_type(target.mode()));
    std::byte *const at = TRY(transaction.change(*buffer, offset, sizeof header));
    std::memcpy(at, &header, sizeof header);
    return {};
}

Status make_first_block(Volume &volume, Transaction &transaction, Inode &directory, std::uint32_t parent) {
    const std::uint32_t block_size = volume.geometry().block_size;
    const auto placed = TRY(block_map::place(volume, transaction, directory, 0));
    Buffer *const buffer = TRY(transaction.fresh(placed.block));
    write_entry(volume, volume.data(*buffer), entry_bytes(1), ".", directory);
    write_entry(volume, volume.data(*buffer) + entry_bytes(1), block_size - entry_bytes(1), "..", directory);
    std::memcpy(volume.data(*buffer) + entry_bytes(1), &parent, sizeof parent);
    directory.set_size(block_size);
    return {};
}

Result<std::uint32_t> parent_of(Volume &volume, Inode &directory) {
    Search search;
    TRY(find(volume, directory, "..", 0, search));
    if (search.inode == 0) return Error::io;
    return search.inode;
}

Status set_parent(Volume &volume, Transaction &transaction, Inode &directory, const Inode &parent) {
    Search search;
    TRY(find(volume, directory, "..", 0, search));
    if (search.inode == 0) return Error::io;
    return redirect(volume, transaction, directory, search, parent);
}

Result<bool> is_empty(Volume &volume, Inode &directory, Search &search) {
    if (search.version != directory.version) {
        search = Search{};
        search.version = directory.version;
    }
    Cursor cursor{.position = search.position};
    for (;;) {
        search.position = cursor.position;
        const Entry entry = TRY(next_entry(volume, directory, cursor));
        if (entry.record_bytes == 0) return true;
        if (entry.inode != 0 && entry.name != "." && entry.name != "..") return false;
    }
}

}  // namespace axo::ext2::directory
