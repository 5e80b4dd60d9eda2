// sources: test/host/fs/host_fs.cpp lib/base/heap.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp
// sources: test/host/fake/own_regions.cpp servers/ext2/block_cache.cpp
// The cache of file content by itself, and beside the cache of metadata: what is freed while it is under way, blocks
// that change their use, pages of several blocks, room.
#include <gtest/gtest.h>

#include <array>

#include "lib/fs/content_cache.hpp"
#include "servers/ext2/block_cache.hpp"
#include "test/host/fake/host_heap.hpp"
#include "test/host/fake/own_regions.hpp"

namespace axo::host {
namespace {

using fs::ContentPiece;

struct Content : testing::Test {
    explicit Content(std::uint32_t block_shift = 10) {
        EXPECT_TRUE(cache.attach(pages, block_shift));
        blocks = host_heap().used_blocks();
    }
    ~Content() override {
        cache.drop(file);
        EXPECT_EQ(cache.used(), 0u);
        EXPECT_EQ(file.pages.count(), 0u);
        cache.detach();
        EXPECT_EQ(fake::own_regions().count(), 0u);
        EXPECT_EQ(host_heap().used_blocks(), blocks);
    }
    std::span<const ContentPiece> begin_write() { return {out.data(), cache.begin_write(out, busy)}; }
    std::span<const ContentPiece> begin_read(std::uint64_t logical, std::uint32_t block, std::uint32_t count) {
        return {out.data(), cache.begin_read({&file, logical, block, count, false}, out)};
    }
    void put(std::uint64_t logical, std::uint32_t block, char text) {
        const auto place = cache.fresh(file, logical, block);
        ASSERT_TRUE(place);
        std::memset(*place, text, cache.block_size());
    }
    char at(std::uint64_t logical) {
        const std::byte *const place = cache.peek(file, logical);
        return place == nullptr ? '-' : static_cast<char>(*place);
    }

    static constexpr std::size_t pages = 8;
    std::size_t blocks = 0;  // of the heap: the tables
    std::uint64_t changes = 0;
    fs::ContentCache cache{host_heap(), changes};
    fs::FileContent file;
    fs::InFlight busy;
    std::array<ContentPiece, 16> out{};
};

TEST_F(Content, blocks_of_a_page_are_valid_dirty_and_written_each_for_itself) {
    put(1, 101, 'b');
    put(2, 102, 'c');
    put(3, 300, 'd');
    EXPECT_EQ(cache.used(), 1u) << "one page of four blocks";
    EXPECT_EQ(at(0), '-');
    EXPECT_EQ(at(2), 'c');
    auto run = begin_write();
    ASSERT_EQ(run.size(), 2u) << "those that lie in a row on the device";
    EXPECT_EQ(run[0].block(), 101u);
    EXPECT_EQ(run[1].block(), 102u);
    cache.end_write(run, true);
    run = begin_write();
    ASSERT_EQ(run.size(), 1u);
    EXPECT_EQ(run[0].block(), 300u);
    cache.end_write(run, true);
    EXPECT_TRUE(begin_write().empty());
    EXPECT_EQ(cache.dirty_count() + cache.writing_count(), 0u);
}

TEST_F(Content, block_that_was_freed_while_it_was_read_is_not_there_afterwards) {
    const auto run = begin_read(0, 50, 2);
    ASSERT_EQ(run.size(), 2u);
    cache.forget(file, 0);
    cache.begin_epoch();
    EXPECT_EQ(cache.fresh(file, 0, 70).error(), Error::absent) << "the device still writes there";
    EXPECT_TRUE(cache.want().any());
    cache.end_read(run, true);
    EXPECT_EQ(at(0), '-') << "what the file no longer has";
    EXPECT_NE(at(1), '-');
}

TEST_F(Content, failed_write_leaves_a_block_as_old_as_it_was) {
    put(0, 10, 'a');
    const std::uint64_t since = cache.oldest_dirty();
    const auto run = begin_write();
    put(9, 90, 'z');
    EXPECT_GT(cache.oldest_dirty(), since);
    cache.end_write(run, false);
    EXPECT_EQ(cache.oldest_dirty(), since);
    EXPECT_EQ(cache.dirty_count(), 2u);
}

TEST_F(Content, failed_write_of_a_block_that_was_freed_leaves_nothing_to_write) {
    put(0, 10, 'a');
    const auto run = begin_write();
    cache.forget(file, 0);
    cache.end_write(run, false);
    EXPECT_EQ(cache.dirty_count() + cache.writing_count() + cache.used(), 0u);
}

TEST_F(Content, block_that_is_written_anew_at_another_place_while_under_way_is_written_there) {
    put(0, 10, 'a');
    const auto run = begin_write();
    cache.forget(file, 0);
    put(0, 20, 'b');
    EXPECT_EQ(cache.begin_write(out, busy), 0u) << "the frame is still being written from";
    cache.end_write(run, false);
    EXPECT_EQ(at(0), 'b');
    const auto again = begin_write();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].block(), 20u);
    cache.end_write(again, true);
}

TEST_F(Content, page_of_the_running_attempt_is_not_taken_for_another) {
    for (std::uint64_t page = 0; page < pages; ++page) put(page * 4, static_cast<std::uint32_t>(page * 10), 'x');
    while (true) {
        const auto run = begin_write();
        if (run.empty()) break;
        cache.end_write(run, true);
    }
    EXPECT_EQ(cache.fresh(file, 1000, 999).error(), Error::absent) << "all were touched";
    EXPECT_TRUE(cache.want().room);
    cache.begin_epoch();
    EXPECT_EQ(at(0), 'x');
    EXPECT_TRUE(cache.fresh(file, 1000, 999));
    EXPECT_EQ(at(0), 'x');
    EXPECT_EQ(at(4), '-') << "the least recently used one went";
    EXPECT_EQ(cache.used(), pages);
}

/// A block that changes its use while its old content is on its way waits for that, in either direction.
TEST_F(Content, block_that_changes_its_use_is_not_written_while_its_old_content_is_under_way) {
    ext2::BlockCache metadata(changes);
    std::array<ext2::Buffer, 8> buffers;
    std::array<ext2::Buffer *, 8> table{}, taken{};
    sys::Region memory = *sys::Region::allocate(8 * 1024);
    metadata.attach(buffers, table, memory, 1024);
    metadata.begin_epoch();
    ASSERT_TRUE(metadata.take(7));
    ASSERT_EQ(metadata.begin_write(taken, busy), 1u);
    {
        fs::InFlight::Write old{{}, 7, 1, 1};
        busy.add(old);
        metadata.forget(7);
        put(0, 7, 'c');
        put(1, 8, 'd');
        const auto run = begin_write();
        ASSERT_EQ(run.size(), 1u) << "block 7 waits";
        EXPECT_EQ(run[0].block(), 8u);
        cache.end_write(run, true);
        EXPECT_TRUE(begin_write().empty());
    }
    metadata.end_write({taken.data(), 1}, false);
    EXPECT_EQ(metadata.dirty_count(), 0u) << "a stale copy";
    const auto run = begin_write();
    ASSERT_EQ(run.size(), 1u);
    fs::InFlight::Write old{{}, 7, 1, 1};
    busy.add(old);
    cache.forget(file, 0);
    metadata.begin_epoch();
    ASSERT_TRUE(metadata.take(7));
    EXPECT_EQ(metadata.begin_write(taken, busy), 0u);
    old.node.unlink();
    cache.end_write(run, false);
    EXPECT_EQ(cache.dirty_count(), 0u) << "a stale copy";
    EXPECT_EQ(metadata.begin_write(taken, busy), 1u);
    metadata.end_write({taken.data(), 1}, true);
    memory.free();
}

}  // namespace
}  // namespace axo::host
