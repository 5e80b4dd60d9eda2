// sources: servers/vm/frames/frame_allocator.cpp servers/vm/space/page_map.cpp
// Frames with their reference counts, and the sparse map from pages to frames.
#include "servers/vm/space/page_map.hpp"
#include "test/host/fake/fake_regions.hpp"
#include "test/host/fake/fake_sys.hpp"

#include <gtest/gtest.h>

namespace axo::vm {
namespace {

using For = FrameAllocator::For;

struct Frames : testing::Test {
    Frames() {
        const std::size_t bytes = FrameAllocator::table_bytes(1000);
        allocator.attach(sys::Region(regions.allocate(bytes)->handle, bytes), 1000);
        allocator.add_range(100, 200);
        allocator.add_range(500, 50);
    }
    fake::Regions regions;
    FrameAllocator allocator;
};

TEST_F(Frames, last_release_frees_and_lowest_frame_comes_first) {
    EXPECT_EQ(*allocator.allocate(For::user), 100u);
    EXPECT_EQ(*allocator.allocate(For::user), 101u);
    allocator.add_reference(100);
    allocator.release(100);
    EXPECT_EQ(allocator.references(100), 1u);
    EXPECT_EQ(allocator.free(), 248u);
    allocator.release(100);
    EXPECT_EQ(allocator.free(), 249u);
    EXPECT_EQ(*allocator.allocate(For::user), 100u);
}

TEST_F(Frames, users_do_not_get_the_reserve) {
    allocator.set_shares({.system = 248});
    EXPECT_TRUE(allocator.allocate(For::user));
    EXPECT_TRUE(allocator.allocate(For::user));
    EXPECT_EQ(allocator.allocate(For::user).error(), Error::no_memory);
    EXPECT_EQ(allocator.allocate_run(For::user, 4).error(), Error::no_memory);
    EXPECT_TRUE(allocator.allocate(For::system));
}

TEST_F(Frames, what_is_kept_is_there_for_those_behind) {
    allocator.set_shares({.system = 10, .root = 20, .programs = 30});
    const auto take_all = [&](For who) {
        while (allocator.allocate(who)) {}
        return allocator.free();
    };
    EXPECT_EQ(take_all(For::content), 60u);
    EXPECT_EQ(take_all(For::user), 30u);
    EXPECT_EQ(take_all(For::root), 10u);
    EXPECT_EQ(take_all(For::system), 0u);
}

TEST_F(Frames, runs_end_where_the_next_frame_is_taken) {
    const auto first = allocator.allocate_run(For::user, 300);
    EXPECT_EQ(first->first, 100u);
    EXPECT_EQ(first->count, 200u);
    EXPECT_EQ(allocator.allocate_run(For::user, 300)->count, 50u);
    EXPECT_EQ(allocator.allocate_run(For::user, 1).error(), Error::no_memory);
}

TEST_F(Frames, contiguous_frames_lie_below_the_limit_or_are_refused) {
    EXPECT_EQ(*allocator.allocate_contiguous(For::system, 50, ~0u), 500u);
    EXPECT_EQ(*allocator.allocate_contiguous(For::system, 10, 200), 190u);
    EXPECT_EQ(allocator.allocate_contiguous(For::system, 101, ~0u).error(), Error::no_memory);
    EXPECT_EQ(*allocator.allocate_contiguous(For::system, 100, ~0u), 200u);
    EXPECT_EQ(allocator.free(), 90u);
}

TEST_F(Frames, pinned_and_returned_frames_of_the_kernel_are_counted_once) {
    EXPECT_TRUE(allocator.pin(600));
    allocator.add_reference(600);
    allocator.release(600);
    EXPECT_EQ(allocator.references(600), 1u);
    EXPECT_FALSE(allocator.pin(100)) << "a free frame is not the kernel's";
    EXPECT_FALSE(allocator.pin(1000));
    allocator.take_over(700);
    EXPECT_EQ(allocator.free(), 251u);
    EXPECT_EQ(allocator.total(), 251u);
}

struct Pages : testing::Test {
    fake::System system;
    PageMap map{arena_heap()};
    std::vector<std::uint64_t> seen;
    auto collect() {
        return [this](std::uint64_t page, Frame) { seen.push_back(page); };
    }
};

TEST_F(Pages, ranges_visit_exactly_their_pages_across_leaves) {
    for (const std::uint64_t page : {0ull, 63ull, 64ull, 127ull, 1000ull, 1ull << 35}) ASSERT_TRUE(map.set(page, 7));
    map.for_each(63, 1000, collect());
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{63, 64, 127}));
    seen.clear();
    map.remove_range(1, 65, collect());
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{63, 64}));
    EXPECT_EQ(map.count(), 4u);
    EXPECT_EQ(map.find(64), 0u);
    EXPECT_EQ(map.find(127), 7u);
    EXPECT_EQ(map.find(1ull << 35), 7u);
}

TEST_F(Pages, copy_is_equal_and_independent) {
    for (std::uint64_t page = 0; page < 200; page += 3) ASSERT_TRUE(map.set(page, static_cast<Frame>(page + 1)));
    PageMap copy{arena_heap()};
    ASSERT_TRUE(copy.copy_from(map));
    EXPECT_EQ(copy.count(), map.count());
    EXPECT_EQ(map.remove(99), 100u);
    EXPECT_EQ(map.remove(99), 0u);
    EXPECT_EQ(copy.find(99), 100u);
}

TEST_F(Pages, emptied_map_holds_no_memory_but_its_index) {
    const std::size_t before = arena_heap().used_blocks();
    {
        PageMap other{arena_heap()};
        for (std::uint64_t page = 0; page < 10000; page += 50) ASSERT_TRUE(other.set(page, 1));
        other.remove_range(0, ~0ull, collect());
        EXPECT_EQ(arena_heap().used_blocks(), before + 1);
    }
    EXPECT_EQ(arena_heap().used_blocks(), before);
}

}  // namespace
}  // namespace axo::vm
