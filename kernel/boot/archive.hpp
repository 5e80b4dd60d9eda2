// The boot archive: ArchiveHeader, ArchiveEntry[count], page-aligned files (axo/layout.hpp).
#pragma once

#include "axo/layout.hpp"

#include <expected>
#include <span>

namespace axo::kernel::boot {

/// Why an archive is refused. Each has its own line of text, see text().
enum class ArchiveFault {
    too_short,
    bad_magic,
    bad_size,
    no_entries,
    too_many_entries,
    bad_table_checksum,
    bad_name,
    duplicate_name,
    bad_kind,
    bad_slot,
    duplicate_slot,
    unaligned_file,
    file_outside,
    files_overlap,
    bad_file_checksum,
    no_root_image,
    two_root_images,
    root_not_a_file_system,
};

/// For people: "axolotl: boot archive: " + text(fault).
const char *text(ArchiveFault fault);

enum class ArchiveKind : std::uint32_t { service = 0, root_image = 1, restartable_only = 2 };

struct ArchiveError {
    ArchiveFault fault;
    const ArchiveEntry *entry;  // the one at fault, or null
};

/// CRC-32 (IEEE 802.3), of which the archive has one per file.
std::uint32_t crc32(std::span<const std::byte> data);

/// A checked view of an archive in memory.
class BootArchive {
public:
    static constexpr unsigned max_entries = 24;  // as BootDescription

    /// Checks everything but the checksum of the root image, which is large and has a file system's own checks.
    static std::expected<BootArchive, ArchiveError> open(std::span<const std::byte> bytes);

    std::span<const ArchiveEntry> entries() const { return entries_; }
    std::span<const std::byte> file(const ArchiveEntry &entry) const {
        return bytes_.subspan(entry.offset, entry.bytes);
    }
    static ArchiveKind kind(const ArchiveEntry &entry) { return static_cast<ArchiveKind>(entry.kind); }

private:
    BootArchive(std::span<const std::byte> bytes, std::span<const ArchiveEntry> entries)
        : bytes_(bytes), entries_(entries) {}
    std::span<const std::byte> bytes_;
    std::span<const ArchiveEntry> entries_;
};

}  // namespace axo::kernel::boot
