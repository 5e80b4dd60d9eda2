// Checking the boot archive. Everything is checked before anything of it is used.
#include "kernel/boot/archive.hpp"

#include <cstring>

namespace axo::kernel::boot {
namespace {

constexpr unsigned slices = 8;

struct CrcTables {
    std::uint32_t values[slices][256];
};

/// Table k advances a byte's remainder by k more zero bytes, so that eight bytes are taken at once.
constexpr CrcTables make_crc_tables() {
    CrcTables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (unsigned bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb8'8320u : 0);
        tables.values[0][byte] = value;
    }
    for (unsigned k = 1; k < slices; ++k) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables.values[k - 1][byte];
            tables.values[k][byte] = (before >> 8) ^ tables.values[0][before & 0xff];
        }
    }
    return tables;
}

constexpr CrcTables crc_tables = make_crc_tables();

constexpr std::uint64_t superblock_offset = 1024, superblock_bytes = 1024, magic_offset = 56;

using Check = std::expected<void, ArchiveError>;

std::unexpected<ArchiveError> refuse(ArchiveFault fault, const ArchiveEntry *entry = nullptr) {
    return std::unexpected(ArchiveError{fault, entry});
}

/// Printable, with zeros up to the end.
bool good_name(const ArchiveEntry &entry) {
    std::size_t length = 0;
    while (length < label_size && entry.name[length] != 0) {
        if (entry.name[length] <= ' ' || entry.name[length] > '~') return false;
        ++length;
    }
    for (std::size_t i = length; i < label_size; ++i)
        if (entry.name[i] != 0) return false;
    return length > 0 && length < label_size;
}

/// An ext2 superblock has its magic number, 0xef53, at byte 56.
bool is_file_system(std::span<const std::byte> image) {
    if (image.size() < superblock_offset + superblock_bytes) return false;
    std::uint16_t magic;
    std::memcpy(&magic, image.data() + superblock_offset + magic_offset, sizeof magic);
    return magic == 0xef53;
}

Check check_entry(const ArchiveEntry &entry, std::uint64_t table_end, std::uint64_t archive_bytes) {
    if (!good_name(entry)) return refuse(ArchiveFault::bad_name, &entry);
    if (entry.kind > static_cast<std::uint32_t>(ArchiveKind::restartable_only))
        return refuse(ArchiveFault::bad_kind, &entry);
    if (BootArchive::kind(entry) == ArchiveKind::service && entry.slot >= first_free_slot)
        return refuse(ArchiveFault::bad_slot, &entry);
    if (entry.offset % page_size != 0) return refuse(ArchiveFault::unaligned_file, &entry);
    if (entry.offset < table_end || entry.offset > archive_bytes || entry.bytes > archive_bytes - entry.offset ||
        entry.bytes == 0)
        return refuse(ArchiveFault::file_outside, &entry);
    return {};
}

constexpr std::uint64_t page_end(const ArchiveEntry &entry) {
    return (entry.offset + entry.bytes + page_size - 1) & ~(page_size - 1);
}

Check check_pair(const ArchiveEntry &a, const ArchiveEntry &b) {
    if (a.offset < page_end(b) && b.offset < page_end(a)) return refuse(ArchiveFault::files_overlap, &b);
    if (std::memcmp(a.name, b.name, label_size) == 0) return refuse(ArchiveFault::duplicate_name, &b);
    const ArchiveKind kind = BootArchive::kind(a);
    if (kind != BootArchive::kind(b)) return {};
    if (kind == ArchiveKind::root_image) return refuse(ArchiveFault::two_root_images, &b);
    if (kind == ArchiveKind::service && a.slot == b.slot) return refuse(ArchiveFault::duplicate_slot, &b);
    return {};
}

Check check_file(const BootArchive &archive, const ArchiveEntry &entry) {
    const auto content = archive.file(entry);
    if (BootArchive::kind(entry) == ArchiveKind::root_image) {
        if (!is_file_system(content)) return refuse(ArchiveFault::root_not_a_file_system, &entry);
    } else if (crc32(content) != entry.checksum) {
        return refuse(ArchiveFault::bad_file_checksum, &entry);
    }
    return {};
}

Check check_table(std::span<const ArchiveEntry> entries, std::uint64_t table_end, std::uint64_t archive_bytes) {
    bool has_root = false;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (Check check = check_entry(entries[i], table_end, archive_bytes); !check) return check;
        for (std::size_t k = 0; k < i; ++k)
            if (Check check = check_pair(entries[k], entries[i]); !check) return check;
        has_root |= BootArchive::kind(entries[i]) == ArchiveKind::root_image;
    }
    if (!has_root) return refuse(ArchiveFault::no_root_image);
    return {};
}

}  // namespace

std::uint32_t crc32(std::span<const std::byte> data) {
    const auto &table = crc_tables.values;
    std::uint64_t value = ~0u;
    std::size_t at = 0;
    for (; at + 8 <= data.size(); at += 8) {
        std::uint64_t word;
        std::memcpy(&word, data.data() + at, sizeof word);
        word ^= value;
        value = 0;
        for (unsigned i = 0; i < slices; ++i) value ^= table[slices - 1 - i][(word >> (8 * i)) & 0xff];
    }
    for (; at < data.size(); ++at)
        value = (value >> 8) ^ table[0][(value ^ std::to_integer<std::uint64_t>(data[at])) & 0xff];
    return ~static_cast<std::uint32_t>(value);
}

const char *text(ArchiveFault fault) {
    switch (fault) {
        case ArchiveFault::too_short: return "shorter than its header and table";
        case ArchiveFault::bad_magic: return "not a boot archive (wrong magic number)";
        case ArchiveFault::bad_size: return "truncated: its header names another size";
        case ArchiveFault::no_entries: return "empty";
        case ArchiveFault::too_many_entries: return "too many entries";
        case ArchiveFault::bad_table_checksum: return "table damaged (checksum)";
        case ArchiveFault::bad_name: return "an entry's name is empty, too long or not printable";
        case ArchiveFault::duplicate_name: return "two entries with one name";
        case ArchiveFault::bad_kind: return "entry of unknown kind";
        case ArchiveFault::bad_slot: return "service outside the well-known slots";
        case ArchiveFault::duplicate_slot: return "two services for one slot";
        case ArchiveFault::unaligned_file: return "file not page aligned";
        case ArchiveFault::file_outside: return "file outside the archive";
        case ArchiveFault::files_overlap: return "files overlap";
        case ArchiveFault::bad_file_checksum: return "file damaged (checksum)";
        case ArchiveFault::no_root_image: return "no root image";
        case ArchiveFault::two_root_images: return "two root images";
        case ArchiveFault::root_not_a_file_system: return "root image is not a file system";
    }
    return "damaged";
}

std::expected<BootArchive, ArchiveError> BootArchive::open(std::span<const std::byte> bytes) {
    ArchiveHeader header;
    if (bytes.size() < sizeof header) return refuse(ArchiveFault::too_short);
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.magic != ArchiveHeader::expected_magic) return refuse(ArchiveFault::bad_magic);
    // A loader may round the size up, never down.
    if (header.total_bytes > bytes.size()) return refuse(ArchiveFault::bad_size);
    if (header.count == 0) return refuse(ArchiveFault::no_entries);
    if (header.count > max_entries) return refuse(ArchiveFault::too_many_entries);
    const std::uint64_t table_end = sizeof header + header.count * sizeof(ArchiveEntry);
    if (table_end > header.total_bytes) return refuse(ArchiveFault::too_short);
    if (crc32(bytes.subspan(sizeof header, table_end - sizeof header)) != header.checksum)
        return refuse(ArchiveFault::bad_table_checksum);

    const void *table = bytes.data() + sizeof header;
    const std::span entries(static_cast<const ArchiveEntry *>(table), header.count);
    if (Check check = check_table(entries, table_end, header.total_bytes); !check)
        return std::unexpected(check.error());
    const BootArchive archive(bytes.first(header.total_bytes), entries);
    for (const ArchiveEntry &entry : entries)
        if (Check check = check_file(archive, entry); !check) return std::unexpected(check.error());
    return archive;
}

}  // namespace axo::kernel::boot
