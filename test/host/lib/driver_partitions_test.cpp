// sources: lib/driver/partitions.cpp
// Partition tables: primary, MINIX sub-partitions, extended chains, and damaged ones.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <vector>

#include "lib/driver/partitions.hpp"

namespace axo::driver {
namespace {

struct FakeDisk : SectorReader {
    std::map<std::uint64_t, std::vector<std::uint8_t>> sectors;
    unsigned reads = 0;
    bool broken = false;

    Status read(std::uint64_t offset, Sector sector) override {
        ++reads;
        if (broken) return Error::io;
        EXPECT_EQ(offset % sector_bytes, 0u);
        const auto found = sectors.find(offset / sector_bytes);
        std::fill(sector.begin(), sector.end(), std::uint8_t{0});
        if (found != sectors.end()) std::copy(found->second.begin(), found->second.end(), sector.begin());
        return {};
    }

    void entry(std::uint64_t sector, unsigned index, std::uint8_t type, std::uint32_t start, std::uint32_t count) {
        auto &bytes = sectors[sector];
        bytes.resize(sector_bytes);
        bytes[510] = 0x55;
        bytes[511] = 0xaa;
        std::uint8_t *place = &bytes[446 + index * 16];
        place[4] = type;
        std::memcpy(place + 8, &start, 4);
        std::memcpy(place + 12, &count, 4);
    }
};

constexpr std::uint64_t disk_sectors = 10000;
constexpr Extent at(std::uint64_t start, std::uint64_t count) { return {start * sector_bytes, count * sector_bytes}; }

struct Partitions : testing::Test {
    FakeDisk disk;
    PartitionTable read() {
        auto table = read_partitions(disk, disk_sectors * sector_bytes);
        EXPECT_TRUE(table);
        return table ? *table : PartitionTable{};
    }
};

TEST_F(Partitions, blank_disk_has_none) {
    const PartitionTable table = read();
    EXPECT_EQ(table.disk, at(0, disk_sectors));
    for (const Extent &extent : table.primary) EXPECT_EQ(extent.bytes, 0u);
}

TEST_F(Partitions, primaries_are_sorted_by_start) {
    disk.entry(0, 0, 0x83, 5000, 100);
    disk.entry(0, 2, 0x83, 100, 200);
    const PartitionTable table = read();
    EXPECT_EQ(table.primary[0], at(100, 200));
    EXPECT_EQ(table.primary[1], at(5000, 100));
    EXPECT_EQ(table.primary[2].bytes, 0u);
}

TEST_F(Partitions, partition_is_cut_at_the_end_of_the_disk) {
    disk.entry(0, 0, 0x83, 9000, 5000);
    disk.entry(0, 1, 0x83, 20000, 10);
    const PartitionTable table = read();
    EXPECT_EQ(table.primary[0], at(9000, 1000));
    EXPECT_EQ(table.primary[1].bytes, 0u);
}

TEST_F(Partitions, minix_partition_is_divided) {
    disk.entry(0, 0, 0x81, 100, 1000);
    disk.entry(100, 0, 0x81, 101, 50);
    disk.entry(100, 1, 0x81, 151, 5000);
    const PartitionTable table = read();
    EXPECT_EQ(table.sub[0][0], at(101, 50));
    EXPECT_EQ(table.sub[0][1], at(151, 949));
}

TEST_F(Partitions, extended_chain_is_followed) {
    disk.entry(0, 0, 0x05, 1000, 3000);
    disk.entry(1000, 0, 0x83, 1, 99);
    disk.entry(1000, 1, 0x05, 100, 200);
    disk.entry(1100, 0, 0x83, 2, 150);
    const PartitionTable table = read();
    EXPECT_EQ(table.sub[0][0], at(1001, 99));
    EXPECT_EQ(table.sub[0][1], at(1102, 150));
    EXPECT_EQ(table.sub[0][2].bytes, 0u);
}

TEST_F(Partitions, circular_chain_ends) {
    disk.entry(0, 0, 0x0f, 1000, 3000);
    disk.entry(1000, 1, 0x05, 100, 200);
    disk.entry(1100, 1, 0x05, 100, 200);
    read();
    EXPECT_LT(disk.reads, 100u);
}

TEST_F(Partitions, reader_error_is_passed_on) {
    disk.broken = true;
    const auto table = read_partitions(disk, disk_sectors * sector_bytes);
    ASSERT_FALSE(table);
    EXPECT_EQ(table.error(), Error::io);
}

TEST_F(Partitions, random_tables_stay_inside_the_disk) {
    std::uint32_t seed = 1;
    auto next = [&] { return seed = seed * 1664525 + 1013904223; };
    for (int round = 0; round < 200; ++round) {
        disk.sectors.clear();
        for (unsigned i = 0; i < 4; ++i)
            disk.entry(0, i, std::array<std::uint8_t, 4>{0x81, 0x05, 0x83, 0}[next() >> 30], next() >> 17,
                       next() >> 16);
        const PartitionTable table = read();
        for (const Extent &extent : table.primary) EXPECT_LE(extent.start + extent.bytes, disk_sectors * sector_bytes);
    }
}

TEST(PartitionMinors, names) {
    EXPECT_EQ(name_of_minor(0).primary, -1);
    EXPECT_EQ(name_of_minor(7).drive, 1u);
    EXPECT_EQ(name_of_minor(7).primary, 1);
    EXPECT_EQ(name_of_minor(128 + 21).drive, 1u);
    EXPECT_EQ(name_of_minor(128 + 21).primary, 1);
    EXPECT_EQ(name_of_minor(128 + 21).sub, 1);
}

}  // namespace
}  // namespace axo::driver
