// sources: test/host/fs/host_fs.cpp lib/base/heap.cpp servers/ext2/allocator.cpp servers/ext2/block_cache.cpp
// sources: servers/ext2/block_map.cpp servers/ext2/directory.cpp servers/ext2/fs_attributes.cpp
// sources: servers/ext2/fs_create.cpp servers/ext2/fs_data.cpp servers/ext2/fs_lookup.cpp servers/ext2/fs_remove.cpp
// sources: servers/ext2/fs_rename.cpp servers/ext2/geometry.cpp servers/ext2/inode_table.cpp
// sources: servers/ext2/transaction.cpp servers/ext2/volume.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp
// sources: test/host/fake/own_regions.cpp
// Random operations on images of every shape, against a model; e2fsck judges the result.
#include <gtest/gtest.h>

#include "test/host/fs/ext2_image.hpp"
#include "test/host/fs/fs_model.hpp"

namespace axo::host {
namespace {

struct Shape {
    const char *name, *options;
    unsigned kilobytes;
    std::size_t cache_bytes, largest_file;
};

class Ext2Model : public testing::TestWithParam<Shape> {};

TEST_P(Ext2Model, random_operations_match_the_model_and_leave_a_clean_image) {
    const Shape &shape = GetParam();
    for (unsigned seed = 1; seed <= 3; ++seed) {
        const auto fresh = make_image(shape.options, shape.kilobytes);
        ASSERT_FALSE(fresh.empty()) << "mke2fs is needed";
        Ext2Image volume(fresh, shape.cache_bytes);
        ASSERT_TRUE(volume.mount());
        {
            FsClient<Ext2Image> client(volume);
            ASSERT_TRUE(client.remove("lost+found", true));
        }
        ModelRun<Ext2Image> run(volume, seed, shape.largest_file);
        for (unsigned i = 0; i < 1500 && !HasFailure(); ++i) run.step();
        run.compare();
        run.release_open_files();
        EXPECT_EQ(volume.volume().held_inodes(), 1u);
        volume.unmount();
        // e2fsck wants lost+found only when it has something to put there.
        EXPECT_EQ(check_image(volume.image()), "");
        ASSERT_TRUE(volume.mount());
        run.compare();
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(shapes, Ext2Model,
                         testing::Values(Shape{"b1024", "-b 1024 -I 128", 4096, 256 * 1024, 200'000},
                                         Shape{"b2048", "-b 2048 -I 256", 8192, 256 * 1024, 400'000},
                                         Shape{"b4096", "-b 4096 -I 256", 16384, 256 * 1024, 800'000},
                                         Shape{"revision0", "-b 1024 -r 0", 4096, 256 * 1024, 100'000},
                                         Shape{"groups", "-b 1024 -g 1024 -N 800", 6000, 256 * 1024, 150'000},
                                         Shape{"large_cache", "-b 1024", 8192, 4 << 20, 600'000},
                                         Shape{"full", "-b 1024 -N 128", 512, 256 * 1024, 150'000}),
                         [](const auto &shape) { return std::string(shape.param.name); });

}  // namespace
}  // namespace axo::host
