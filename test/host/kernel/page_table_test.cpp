// Page tables over an array of frames and a pool that counts: what is mapped is found, what fails changes nothing, and
// every table frame comes back.
#include "kernel/memory/page_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

namespace axo::kernel {
namespace {

constexpr std::uint64_t frame_base = 0x10'0000;

struct FakeRam {
    std::vector<std::unique_ptr<std::array<PageEntry, 512>>> frames;
};

struct FakeAccess {
    FakeRam *ram;
    PageEntry *table(PhysAddr frame) const { return ram->frames.at((frame.value - frame_base) / page_size)->data(); }
};

/// Frames come full of rubbish, as VM's do.
struct FakePool {
    FakeRam *ram;
    std::vector<PhysAddr> free;
    FakePool(FakeRam &memory, unsigned count) : ram(&memory) {
        for (unsigned i = 0; i < count; ++i) {
            free.push_back(PhysAddr{frame_base + ram->frames.size() * page_size});
            ram->frames.push_back(std::make_unique<std::array<PageEntry, 512>>());
            ram->frames.back()->fill(PageEntry{0xdead'beef'dead'beef});
        }
    }
    std::size_t available() const { return free.size(); }
    PhysAddr take() {
        EXPECT_FALSE(free.empty());
        const PhysAddr frame = free.back();
        free.pop_back();
        return frame;
    }
    void give(PhysAddr frame) {
        for (const PhysAddr other : free) EXPECT_NE(other, frame) << "given back twice";
        ram->frames.at((frame.value - frame_base) / page_size)->fill(PageEntry{0xdead'beef'dead'beef});
        free.push_back(frame);
    }
};

class PageTableTest : public ::testing::Test {
protected:
    using Table = PageTable<FakeAccess>;
    PageTableTest() : pool(ram, 64), kernel_root(pool.take()) {
        for (unsigned i = 0; i < 512; ++i) access().table(kernel_root)[i] = PageEntry{i};
    }
    FakeAccess access() { return {&ram}; }
    Table make() { return *Table::create(access(), kernel_root, pool); }
    void keep_only(std::size_t count) { pool.free.resize(count); }
    static bool maps(const Table &table, std::uint64_t address, std::uint64_t frame, std::uint32_t flags) {
        const auto mapping = table.query(VirtAddr{address});
        return mapping && mapping->frame.value == frame && mapping->flags == flags;
    }
    FakeRam ram;
    FakePool pool;
    PhysAddr kernel_root;
};

constexpr std::uint64_t text = 0x40'0000;
constexpr std::uint32_t rw = map_flag::write;

TEST_F(PageTableTest, new_space_has_the_kernel_half_and_nothing_else) {
    Table table = make();
    const PageEntry *root = access().table(table.root());
    for (unsigned i = 0; i < 256; ++i) EXPECT_EQ(root[i].bits, 0u);
    for (unsigned i = 256; i < 512; ++i) EXPECT_EQ(root[i].bits, i);
    EXPECT_EQ(table.query(VirtAddr{text}).error(), Error::absent);
}

TEST_F(PageTableTest, new_space_without_a_frame_is_refused) {
    keep_only(0);
    EXPECT_EQ(Table::create(access(), kernel_root, pool).error(), Error::tables_needed);
}

TEST_F(PageTableTest, mapped_pages_are_found_with_their_flags) {
    Table table = make();
    ASSERT_TRUE(table.map(VirtAddr{text}, PhysAddr{0x5000}, 3, map_flag::execute, pool));
    ASSERT_TRUE(table.map(VirtAddr{text + 0x3000}, PhysAddr{0xfee0'0000}, 1, rw | map_flag::uncached, pool));
    EXPECT_TRUE(maps(table, text + 0x2000, 0x7000, map_flag::execute));
    EXPECT_TRUE(maps(table, text + 0x3fff, 0xfee0'0000, rw | map_flag::uncached));
    EXPECT_FALSE(table.query(VirtAddr{text + 0x4000}));
    EXPECT_FALSE(table.query(VirtAddr{text - 1}));
}

TEST_F(PageTableTest, map_replaces_what_is_there) {
    Table table = make();
    ASSERT_TRUE(table.map(VirtAddr{text}, PhysAddr{0x5000}, 1, rw, pool));
    ASSERT_TRUE(table.map(VirtAddr{text}, PhysAddr{0x9000}, 1, 0, pool));
    EXPECT_TRUE(maps(table, text, 0x9000, 0));
}

TEST_F(PageTableTest, ranges_outside_user_space_are_invalid) {
    Table table = make();
    const std::size_t before = pool.available();
    const std::uint64_t last = layout::user_end - page_size;
    for (const std::uint64_t bad : {std::uint64_t{0}, layout::user_first - page_size, text + 1, layout::user_end,
                                    layout::kernel_image, ~std::uint64_t{0} - 4095})
        EXPECT_EQ(table.map(VirtAddr{bad}, PhysAddr{0x5000}, 1, rw, pool).error(), Error::invalid) << bad;
    EXPECT_EQ(table.map(VirtAddr{text}, PhysAddr{0x5001}, 1, rw, pool).error(), Error::invalid);
    EXPECT_EQ(table.map(VirtAddr{text}, PhysAddr{0x5000}, 0, rw, pool).error(), Error::invalid);
    EXPECT_EQ(table.map(VirtAddr{last}, PhysAddr{0x5000}, 2, rw, pool).error(), Error::invalid);
    EXPECT_EQ(table.unmap(VirtAddr{text}, ~0ull, pool).error(), Error::invalid);
    EXPECT_EQ(pool.available(), before);
    EXPECT_TRUE(table.map(VirtAddr{last}, PhysAddr{0x5000}, 1, rw, pool));
}

TEST_F(PageTableTest, a_map_that_lacks_tables_changes_nothing) {
    Table table = make();
    keep_only(3);
    EXPECT_EQ(table.tables_for_map(VirtAddr{0x5f'f000}, 2), 4u);
    EXPECT_EQ(table.map(VirtAddr{0x5f'f000}, PhysAddr{0x5000}, 2, rw, pool).error(), Error::tables_needed);
    EXPECT_EQ(pool.available(), 3u);
    EXPECT_FALSE(table.query(VirtAddr{0x5f'f000}));
    EXPECT_TRUE(table.map(VirtAddr{0x5f'f000}, PhysAddr{0x5000}, 1, rw, pool));
    EXPECT_EQ(pool.available(), 0u);
}

TEST_F(PageTableTest, table_count_over_ascending_runs_is_exact) {
    Table table = make();
    Table::TableCount count(table);
    count.add(VirtAddr{text}, 1);
    count.add(VirtAddr{text + 0x1000}, 1);
    count.add(VirtAddr{text + 0x20'0000}, 1);
    count.add(VirtAddr{layout::arena_a}, 1);
    EXPECT_EQ(count.frames(), 3u + 1u + 3u);
    const std::size_t before = pool.available();
    for (const std::uint64_t at : {text, text + 0x1000, text + 0x20'0000, layout::arena_a})
        ASSERT_TRUE(table.map(VirtAddr{at}, PhysAddr{0x5000}, 1, rw, pool));
    EXPECT_EQ(before - pool.available(), count.frames());
}

TEST_F(PageTableTest, unmap_frees_empty_tables_only) {
    Table table = make();
    const std::size_t before = pool.available();
    ASSERT_TRUE(table.map(VirtAddr{text}, PhysAddr{0x5000}, 4, rw, pool));
    auto removed = table.unmap(VirtAddr{text - 0x1000}, 3, pool);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->pages, 2u);
    EXPECT_EQ(removed->tables, 0u);
    EXPECT_FALSE(table.query(VirtAddr{text + 0x1000}));
    EXPECT_TRUE(maps(table, text + 0x2000, 0x7000, rw));
    removed = table.unmap(VirtAddr{layout::user_first}, (layout::user_end - layout::user_first) / page_size, pool);
    EXPECT_EQ(removed->pages, 2u);
    EXPECT_EQ(removed->tables, 3u);
    EXPECT_EQ(pool.available(), before);
}

TEST_F(PageTableTest, protect_touches_present_pages_only) {
    Table table = make();
    ASSERT_TRUE(table.map(VirtAddr{text}, PhysAddr{0x5000}, 1, rw, pool));
    ASSERT_TRUE(table.map(VirtAddr{text + 0x2000}, PhysAddr{0x7000}, 1, rw, pool));
    EXPECT_EQ(table.protect(VirtAddr{text}, 600, map_flag::execute)->pages, 2u);
    EXPECT_TRUE(maps(table, text, 0x5000, map_flag::execute));
    EXPECT_TRUE(maps(table, text + 0x2000, 0x7000, map_flag::execute));
    EXPECT_FALSE(table.query(VirtAddr{text + 0x1000}));
}

TEST_F(PageTableTest, clone_shares_frames_and_takes_the_write_bit_from_both) {
    Table parent = make(), child = make();
    ASSERT_TRUE(parent.map(VirtAddr{text}, PhysAddr{0x5000}, 2, map_flag::execute, pool));
    ASSERT_TRUE(parent.map(VirtAddr{layout::arena_a}, PhysAddr{0x9000}, 1, rw, pool));
    EXPECT_EQ(child.tables_for_clone(parent, VirtAddr{layout::user_first}, 0x7'0000'0000).tables, 6u);
    EXPECT_EQ(child.clone_range(parent, VirtAddr{layout::user_first}, 0x7'0000'0000, pool)->pages, 3u);
    EXPECT_TRUE(maps(parent, layout::arena_a, 0x9000, 0));
    EXPECT_TRUE(maps(child, layout::arena_a, 0x9000, 0));
    EXPECT_TRUE(maps(child, text + 0x1000, 0x6000, map_flag::execute));
}

TEST_F(PageTableTest, a_clone_that_lacks_tables_changes_neither_side) {
    Table parent = make(), child = make();
    ASSERT_TRUE(parent.map(VirtAddr{text}, PhysAddr{0x5000}, 2, rw, pool));
    keep_only(2);
    EXPECT_EQ(child.clone_range(parent, VirtAddr{text}, 2, pool).error(), Error::tables_needed);
    EXPECT_TRUE(maps(parent, text, 0x5000, rw));
    EXPECT_EQ(pool.available(), 2u);
}

TEST_F(PageTableTest, next_present_walks_all_mappings) {
    Table table = make();
    const std::uint64_t addresses[] = {text, text + 0x1000, layout::arena_a, layout::user_end - page_size};
    for (const std::uint64_t at : addresses) ASSERT_TRUE(table.map(VirtAddr{at}, PhysAddr{0x5000}, 1, rw, pool));
    std::uint64_t from = 0;
    for (const std::uint64_t expected : addresses) {
        const auto found = table.next_present(VirtAddr{from});
        ASSERT_TRUE(found);
        EXPECT_EQ(found->value, expected);
        from = expected + page_size;
    }
    EXPECT_EQ(table.next_present(VirtAddr{from}).error(), Error::absent);
}

TEST_F(PageTableTest, destroy_in_steps_gives_everything_back) {
    const std::size_t before = pool.available();
    Table table = make();
    for (const std::uint64_t at : {text, text + 0x4000'0000, layout::arena_a})
        ASSERT_TRUE(table.map(VirtAddr{at}, PhysAddr{0x5000}, 700, rw, pool));
    const std::size_t used = before - pool.available();
    std::uint64_t tables = 0;
    bool finished = false;
    for (unsigned step = 0; step < 100 && !finished; ++step) {
        const auto destroyed = table.destroy(pool, 2);
        EXPECT_LE(destroyed.tables, 2u);
        tables += destroyed.tables;
        finished = destroyed.finished;
    }
    EXPECT_TRUE(finished);
    EXPECT_EQ(tables, used);
    EXPECT_EQ(pool.available(), before);
}

}  // namespace
}  // namespace axo::kernel
