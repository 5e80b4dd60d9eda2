// sources: servers/vm/space/region_list.cpp servers/vm/space/page_map.cpp
// Regions of an address space: placing, splitting, joining, and the references they hold.
#include "servers/vm/space/region_list.hpp"
#include "test/host/fake/fake_sys.hpp"

#include <gtest/gtest.h>

namespace axo::vm {
namespace {

struct Regions : testing::Test {
    fake::System system;
    RegionList list{arena_heap()};
    MemoryObject object{arena_heap()};

    Region anonymous(std::uint64_t start, std::uint64_t end, std::uint8_t rights = 3) {
        Region region{};
        region.start = start;
        region.end = end;
        region.kind = RegionKind::anonymous;
        region.protection = rights;
        return region;
    }
    Region of_object(std::uint64_t start, std::uint64_t end, std::uint64_t page) {
        Region region = anonymous(start, end);
        region.kind = RegionKind::shared;
        region.object = &object;
        region.object_page = page;
        ++object.regions;
        return region;
    }
};

TEST_F(Regions, neighbours_that_mean_the_same_become_one) {
    ASSERT_TRUE(list.insert(anonymous(0x10000, 0x12000)));
    ASSERT_TRUE(list.insert(anonymous(0x14000, 0x16000)));
    ASSERT_TRUE(list.insert(anonymous(0x12000, 0x14000)));
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].end, 0x16000u);
    ASSERT_TRUE(list.insert(anonymous(0x16000, 0x17000, 1)));
    EXPECT_EQ(list.size(), 2u);
}

TEST_F(Regions, splitting_keeps_offsets_and_counts_references) {
    ASSERT_TRUE(list.insert(of_object(0x10000, 0x18000, 5)));
    ASSERT_TRUE(list.split(0x12000, 0x14000));
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(object.regions, 3u);
    EXPECT_EQ(list[1].object_page, 7u);
    EXPECT_EQ(list[2].object_page, 9u);
    list.join(0x10000, 0x18000);
    EXPECT_EQ(list.size(), 1u);
    EXPECT_EQ(object.regions, 1u);
}

TEST_F(Regions, object_ranges_out_of_sequence_stay_apart) {
    ASSERT_TRUE(list.insert(of_object(0x10000, 0x12000, 0)));
    ASSERT_TRUE(list.insert(of_object(0x12000, 0x14000, 9)));
    EXPECT_EQ(list.size(), 2u);
    EXPECT_EQ(object.regions, 2u);
}

TEST_F(Regions, removing_a_hole_leaves_the_rest) {
    ASSERT_TRUE(list.insert(anonymous(0x10000, 0x20000)));
    ASSERT_TRUE(list.split(0x14000, 0x18000));
    list.remove(0x14000, 0x18000);
    EXPECT_EQ(list.find(0x14000), nullptr);
    EXPECT_NE(list.find(0x13fff), nullptr);
    EXPECT_NE(list.find(0x18000), nullptr);
    EXPECT_TRUE(list.is_free(0x14000, 0x18000));
    EXPECT_FALSE(list.is_free(0x13000, 0x18000));
    EXPECT_FALSE(list.covers(0x10000, 0x20000));
    EXPECT_TRUE(list.covers(0x10000, 0x14000));
}

TEST_F(Regions, gaps_are_found_from_the_top_and_from_the_bottom) {
    ASSERT_TRUE(list.insert(anonymous(0x20000, 0x22000)));
    ASSERT_TRUE(list.insert(anonymous(0x28000, 0x30000)));
    EXPECT_EQ(*list.find_gap(0x2000, 0x10000, 0x30000), 0x26000u);
    EXPECT_EQ(*list.find_gap(0x8000, 0x10000, 0x30000), 0x18000u);
    EXPECT_EQ(list.find_gap(0x11000, 0x10000, 0x30000).error(), Error::no_memory);
    EXPECT_EQ(*list.find_gap(0x1000, 0x10000, 0x40000), 0x3f000u);
    EXPECT_EQ(*list.find_low_gap(0x8000, 0x10000, 0x40000), 0x10000u);
    EXPECT_EQ(*list.find_low_gap(0x6000, 0x20000, 0x40000), 0x22000u);
    EXPECT_EQ(list.find_low_gap(0x11000, 0x20000, 0x40000).error(), Error::no_memory);
}

TEST_F(Regions, committed_is_what_could_be_written) {
    EXPECT_EQ(anonymous(0x1000, 0x5000).committed_pages(), 4u);
    EXPECT_EQ(anonymous(0x1000, 0x5000, protection::none).committed_pages(), 0u);
    Region region = anonymous(0x1000, 0x5000);
    region.attributes = region_attribute::no_reserve;
    EXPECT_EQ(region.committed_pages(), 0u);
    region.attributes = 0;
    region.kind = RegionKind::file;
    EXPECT_EQ(region.committed_pages(), 4u);
    region.protection = protection::read;
    EXPECT_EQ(region.committed_pages(), 0u);
}

}  // namespace
}  // namespace axo::vm
