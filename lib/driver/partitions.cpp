#include "lib/driver/partitions.hpp"

#include <algorithm>

namespace axo::driver {

namespace {

constexpr unsigned table_offset = 446, entry_bytes = 16, signature_offset = 510;
constexpr std::uint8_t type_none = 0, type_extended = 0x05, type_extended_lba = 0x0f, type_minix = 0x81;
constexpr unsigned max_chain = 64;  // an extended chain may be damaged into a circle

struct Entry {
    std::uint8_t type;
    std::uint32_t start, sectors;
    bool used() const { return type != type_none && sectors != 0; }
    bool extended() const { return type == type_extended || type == type_extended_lba; }
};
using Entries = std::array<Entry, PartitionTable::primaries>;
using Buffer = std::array<std::uint8_t, sector_bytes>;

std::uint32_t little_endian(const std::uint8_t *bytes) {
    return bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8 | static_cast<std::uint32_t>(bytes[2]) << 16 |
           static_cast<std::uint32_t>(bytes[3]) << 24;
}

/// All unused if there is no table.
Entries parse(const Buffer &sector) {
    Entries entries{};
    if (sector[signature_offset] != 0x55 || sector[signature_offset + 1] != 0xaa) return entries;
    for (unsigned i = 0; i < entries.size(); ++i) {
        const std::uint8_t *entry = &sector[table_offset + i * entry_bytes];
        entries[i] = {entry[4], little_endian(entry + 8), little_endian(entry + 12)};
    }
    return entries;
}

void sort_by_start(Entries &entries) {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
        if (a.used() != b.used()) return a.used();
        return a.used() && a.start < b.start;
    });
}

/// Where `entry`, whose start counts from `base`, lies inside `parent`; nothing if outside.
Extent clip(const Entry &entry, std::uint64_t base, const Extent &parent) {
    if (!entry.used()) return {};
    const std::uint64_t parent_end = parent.start + parent.bytes;
    const std::uint64_t start = base + std::uint64_t{entry.start} * sector_bytes;
    const std::uint64_t end = std::min(start + std::uint64_t{entry.sectors} * sector_bytes, parent_end);
    if (start < parent.start || start >= end) return {};
    return {start, end - start};
}

Status read_minix_subs(SectorReader &reader, const Extent &parent, std::array<Extent, PartitionTable::subs> &subs) {
    Buffer sector{};
    TRY(reader.read(parent.start, sector));
    Entries entries = parse(sector);
    sort_by_start(entries);
    // Starts of sub-partitions count from the start of the disk.
    for (unsigned i = 0; i < subs.size(); ++i) subs[i] = clip(entries[i], 0, parent);
    return {};
}

Status read_chain(SectorReader &reader, const Extent &parent, std::array<Extent, PartitionTable::subs> &subs) {
    std::uint64_t table = parent.start;
    unsigned found = 0;
    for (unsigned link = 0; link < max_chain && found < subs.size(); ++link) {
        Buffer sector{};
        TRY(reader.read(table, sector));
        std::uint64_t next = 0;
        for (const Entry &entry : parse(sector)) {
            if (!entry.used()) continue;
            if (entry.extended()) {
                next = clip(entry, parent.start, parent).start;  // links count from the chain's start
            } else if (found < subs.size()) {
                const Extent extent = clip(entry, table, parent);
                if (extent.bytes != 0) subs[found++] = extent;
            }
        }
        if (next == 0) break;
        table = next;
    }
    return {};
}

}  // namespace

Result<PartitionTable> read_partitions(SectorReader &reader, std::uint64_t disk_bytes) {
    PartitionTable table{};
    table.disk = {0, disk_bytes};
    if (disk_bytes < sector_bytes) return table;
    Buffer sector{};
    TRY(reader.read(0, sector));
    Entries entries = parse(sector);
    sort_by_start(entries);
    for (unsigned i = 0; i < entries.size(); ++i) {
        table.primary[i] = clip(entries[i], 0, table.disk);
        if (table.primary[i].bytes < sector_bytes) continue;
        if (entries[i].extended()) TRY(read_chain(reader, table.primary[i], table.sub[i]));
        if (entries[i].type == type_minix) TRY(read_minix_subs(reader, table.primary[i], table.sub[i]));
    }
    return table;
}

}  // namespace axo::driver
