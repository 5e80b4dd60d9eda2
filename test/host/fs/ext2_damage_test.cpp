// sources: test/host/fs/host_fs.cpp lib/base/heap.cpp servers/ext2/allocator.cpp servers/ext2/block_cache.cpp
// sources: servers/ext2/block_map.cpp servers/ext2/directory.cpp servers/ext2/fs_attributes.cpp
// sources: servers/ext2/fs_create.cpp servers/ext2/fs_data.cpp servers/ext2/fs_lookup.cpp servers/ext2/fs_remove.cpp
// sources: servers/ext2/fs_rename.cpp servers/ext2/geometry.cpp servers/ext2/inode_table.cpp
// sources: servers/ext2/transaction.cpp servers/ext2/volume.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp
// sources: test/host/fake/own_regions.cpp
// Damaged images: random bytes anywhere, and in the metadata most of all, give errors and never a
// crash (ASan and UBSan are watching) or an endless loop.
#include <gtest/gtest.h>

#include <random>

#include "test/host/fs/ext2_exercise.hpp"

namespace axo::host {
namespace {

void damage(std::vector<std::byte> &image, std::mt19937 &random, std::size_t limit) {
    for (unsigned flips = 1 + random() % 12; flips > 0; --flips) {
        const std::size_t at = 1024 + random() % (limit - 1024);
        image[at] = random() % 3 == 0 ? std::byte{0xff} : static_cast<std::byte>(random());
    }
}

TEST(Ext2Damage, random_damage_gives_errors_and_no_crash) {
    std::mt19937 random(7);
    for (const char *options : {"-b 1024 -N 64 -I 128", "-b 4096 -N 64", "-b 1024 -N 64 -r 0"}) {
        const auto image = image_to_damage(options);
        ASSERT_FALSE(image.empty());
        for (unsigned i = 0; i < 300; ++i) {
            auto damaged = image;
            // Bitmaps, inode table and the first directories lie in the first blocks.
            damage(damaged, random, i % 2 == 0 ? 48 * 1024 : damaged.size());
            exercise(damaged);
        }
    }
}

TEST(Ext2Damage, undamaged_image_stays_faultless_under_the_same_exercise) {
    const auto image = image_to_damage("-b 1024 -N 64");
    ASSERT_EQ(check_image(image), "");
    const auto exercised = exercise(image);
    EXPECT_NE(exercised, image);
    EXPECT_EQ(check_image(exercised), "");
}

}  // namespace
}  // namespace axo::host
