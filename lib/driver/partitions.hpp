// PC partition tables (ref 5.3): four primary entries in sector 0, MINIX-type ones divided again,
// extended ones followed as a chain. Pure: the device is a function that reads a sector.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "axo/error.hpp"

namespace axo::driver {

inline constexpr std::uint32_t sector_bytes = 512;

struct Extent {
    std::uint64_t start, bytes;
    friend constexpr bool operator==(const Extent &, const Extent &) = default;
};

/// One disk: itself, four primaries, four sub-partitions in each.
struct PartitionTable {
    static constexpr unsigned primaries = 4, subs = 4;
    Extent disk;
    std::array<Extent, primaries> primary;
    std::array<std::array<Extent, subs>, primaries> sub;
};

/// Reads the sector at byte `offset` of the disk.
class SectorReader {
public:
    using Sector = std::span<std::uint8_t, sector_bytes>;
    virtual Status read(std::uint64_t offset, Sector sector) = 0;

protected:
    ~SectorReader() = default;
};

/// A disk without a table has no partitions; that is no error. Errors: those of the reader.
Result<PartitionTable> read_partitions(SectorReader &reader, std::uint64_t disk_bytes);

/// Minors of a drive (ref 5.3): five for disk and primaries, from 128 on four per primary.
inline constexpr unsigned minors_per_drive = 1 + PartitionTable::primaries;
inline constexpr unsigned first_sub_minor = 128;

struct MinorName {
    unsigned drive;
    int primary, sub;
};  // -1: the whole
constexpr MinorName name_of_minor(unsigned minor) {
    if (minor < first_sub_minor) {
        const unsigned part = minor % minors_per_drive;
        return {minor / minors_per_drive, part == 0 ? -1 : static_cast<int>(part) - 1, -1};
    }
    const unsigned index = (minor - first_sub_minor) / PartitionTable::subs;
    return {index / PartitionTable::primaries, static_cast<int>(index % PartitionTable::primaries),
            static_cast<int>((minor - first_sub_minor) % PartitionTable::subs)};
}

}  // namespace axo::driver
