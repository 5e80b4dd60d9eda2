// sources: test/host/fs/host_fs.cpp lib/base/heap.cpp servers/ext2/allocator.cpp servers/ext2/block_cache.cpp
// sources: servers/ext2/block_map.cpp servers/ext2/directory.cpp servers/ext2/fs_attributes.cpp
// sources: servers/ext2/fs_create.cpp servers/ext2/fs_data.cpp servers/ext2/fs_lookup.cpp servers/ext2/fs_remove.cpp
// sources: servers/ext2/fs_rename.cpp servers/ext2/geometry.cpp servers/ext2/inode_table.cpp
// sources: servers/ext2/transaction.cpp servers/ext2/volume.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp
// sources: test/host/fake/own_regions.cpp
// The rules of ext2 one by one: what mounts and what does not, holes and large files, orphans,
// directories under change, permissions, damaged blocks.
#include <gtest/gtest.h>

#include "test/host/fs/ext2_image.hpp"
#include "test/host/fs/fs_client.hpp"

namespace axo::host {
namespace {

class Ext2Rules : public testing::Test {
protected:
    void start(const std::string &options = "-b 1024", unsigned kilobytes = 8192,
               std::size_t cache_bytes = 256 * 1024) {
        volume_ = std::make_unique<Ext2Image>(make_image(options, kilobytes), cache_bytes);
        ASSERT_TRUE(volume_->mount());
        client_ = std::make_unique<FsClient<Ext2Image>>(*volume_);
    }
    void expect_clean_image() {
        volume_->sync();
        EXPECT_EQ(check_image(volume_->image()), "");
    }
    ext2::SuperBlock super_on_device() {
        ext2::SuperBlock super;
        std::memcpy(&super, volume_->image().data() + ext2::super_block_offset, sizeof super);
        return super;
    }
    FsClient<Ext2Image> &client() { return *client_; }

    std::unique_ptr<Ext2Image> volume_;
    std::unique_ptr<FsClient<Ext2Image>> client_;
};

TEST_F(Ext2Rules, the_judge_finds_damage) {
    start();
    ASSERT_TRUE(client().create("a"));
    volume_->sync();
    auto image = volume_->image();
    ASSERT_EQ(check_image(image), "");
    image[1024 + 12] ^= std::byte{1};  // the free block count
    EXPECT_NE(check_image(image), "");
}

TEST_F(Ext2Rules, features_it_does_not_know_are_refused) {
    for (const char *options : {"-O extents", "-O meta_bg,^resize_inode", "-O 64bit,extents"}) {
        Ext2Image volume(make_image(options, 8192));
        EXPECT_EQ(volume.mount().error(), Error::invalid) << options;
    }
    Ext2Image checksums(make_image("-O uninit_bg", 8192));
    EXPECT_EQ(checksums.mount().error(), Error::invalid);
    EXPECT_TRUE(checksums.mount(true)) << "reading is allowed";
}

TEST_F(Ext2Rules, random_bytes_are_no_file_system) {
    Ext2Image nothing(std::vector<std::byte>(65536));
    EXPECT_EQ(nothing.mount().error(), Error::invalid);
    auto image = make_image("-b 1024", 8192);
    image.resize(4096 * 1024);
    EXPECT_EQ(Ext2Image(image).mount().error(), Error::invalid) << "larger than its device";
}

TEST_F(Ext2Rules, state_is_clean_only_while_nothing_is_unwritten) {
    start();
    ASSERT_EQ(super_on_device().state & ext2::fs_state::valid, 1);
    ASSERT_TRUE(client().create("a"));
    EXPECT_FALSE(volume_->volume().marked_clean());
    volume_->sync();
    EXPECT_EQ(super_on_device().state & ext2::fs_state::valid, 1);
    const auto node = client().open("a");
    ASSERT_TRUE(client().remove("a"));
    volume_->sync();
    EXPECT_EQ(super_on_device().state & ext2::fs_state::valid, 0) << "an orphan is waiting";
    ASSERT_TRUE(client().release(node->inode));
    expect_clean_image();
}

TEST_F(Ext2Rules, orphans_of_a_crash_are_freed_at_the_next_mount) {
    start();
    const std::uint32_t free_before = volume_->volume().super().free_blocks;
    const auto node = client().create_held("a");
    ASSERT_TRUE(client().write_to(node->inode, 0, std::string(500'000, 'x')));
    ASSERT_TRUE(client().remove("a"));
    volume_->sync();
    volume_->crash();
    EXPECT_NE(check_image(volume_->image()), "");
    ASSERT_TRUE(volume_->mount());
    EXPECT_EQ(volume_->volume().super().free_blocks, free_before);
    expect_clean_image();
}

TEST_F(Ext2Rules, every_orphan_of_a_crash_is_freed_though_blocks_are_missing_in_between) {
    start("-b 1024 -g 512 -N 2048 -I 256", 8192);
    const std::uint32_t free_before = volume_->volume().super().free_blocks;
    for (int i = 0; i < 40; ++i) {
        const std::string name = "orphan" + std::to_string(i);
        const auto node = client().create_held(name);
        ASSERT_TRUE(client().write_to(node->inode, 0, std::string(20'000, 'x')));
        ASSERT_TRUE(client().remove(name));
    }
    volume_->sync();
    volume_->crash();
    ASSERT_TRUE(volume_->mount());
    EXPECT_GE(volume_->volume().super().free_blocks, free_before - 8) << "all but what the directory has grown by";
    EXPECT_EQ(volume_->volume().orphans(), 0u);
    expect_clean_image();
}

TEST_F(Ext2Rules, what_a_crash_left_is_not_called_clean_before_it_was_checked) {
    start();
    ASSERT_TRUE(client().create("a"));
    volume_->sync();
    ASSERT_TRUE(client().create("b"));
    volume_->volume().mark_unclean();
    volume_->image()[1024 + 58] &= ~std::byte{1};  // the mark reached the device, nothing else
    volume_->crash();
    ASSERT_TRUE(volume_->mount());
    ASSERT_TRUE(client().create("c"));
    volume_->unmount();
    EXPECT_EQ(super_on_device().state & ext2::fs_state::valid, 0);
}

TEST_F(Ext2Rules, write_that_fails_half_way_leaves_nothing_behind_the_end) {
    start();
    const auto node = client().create_held("a");
    ASSERT_TRUE(client().write_to(node->inode, 0, std::string(500, 'a')));
    const std::string data(3000, 'b');
    fs::Write write{};
    write.inode = node->inode;
    write.offset = 500;
    write.bytes = data.size();
    write.buffer = volume_->grant(data.data(), 1000);  // the rest is not granted
    EXPECT_EQ(client().call(write).error(), Error::not_permitted);
    EXPECT_EQ(client().stat("a")->size, 500u);
    ASSERT_TRUE(client().truncate("a", 3000));
    EXPECT_EQ(client().read("a").value_or(""), std::string(500, 'a') + std::string(2500, '\0'));
    expect_clean_image();
}

TEST_F(Ext2Rules, triple_indirect_file_with_holes) {
    start("-b 1024", 8192);
    ASSERT_TRUE(client().create("sparse"));
    const std::uint64_t positions[] = {0, 11 * 1024, 12 * 1024, 268 * 1024, 300'000, 70'000'000, 3'000'000'000};
    for (const std::uint64_t position : positions) {
        EXPECT_EQ(client().write("sparse", position, "here").value_or(0), 4u) << position;
    }
    for (const std::uint64_t position : positions) {
        EXPECT_EQ(client().read("sparse", position, 4).value_or(""), "here") << position;
        EXPECT_EQ(client().read("sparse", position + 5, 1).value_or("").substr(0, 1),
                  position == 3'000'000'000 ? "" : std::string(1, '\0'));
    }
    EXPECT_EQ(client().stat("sparse")->size, 3'000'000'004u);
    expect_clean_image();
    EXPECT_NE(super_on_device().feature_ro_compat & ext2::ro_compat::large_file, 0u);
    ASSERT_TRUE(client().truncate("sparse", 20'000));
    expect_clean_image();
    EXPECT_EQ(client().write("sparse", std::uint64_t{1} << 40, "x").error(), Error::file_too_big);
    ASSERT_TRUE(client().remove("sparse"));
    expect_clean_image();
}

TEST_F(Ext2Rules, bytes_cut_off_read_as_zero_when_the_file_grows_again) {
    start();
    ASSERT_TRUE(client().create("a"));
    ASSERT_TRUE(client().write("a", 0, std::string(3000, 'x')));
    ASSERT_TRUE(client().truncate("a", 1500));
    ASSERT_TRUE(client().truncate("a", 3000));
    EXPECT_EQ(client().read("a").value_or(""), std::string(1500, 'x') + std::string(1500, '\0'));
}

TEST_F(Ext2Rules, full_device_writes_what_fits) {
    start("-b 1024 -m 0", 512);
    ASSERT_TRUE(client().create("a"));
    const auto written = client().write("a", 0, std::string(1'000'000, 'x'));
    ASSERT_TRUE(written);
    EXPECT_GT(*written, 300'000u);
    EXPECT_EQ(volume_->volume().super().free_blocks, 0u);
    EXPECT_EQ(client().write("a", *written + 5000, "y").error(), Error::no_space);
    EXPECT_EQ(client().make_directory("d").error(), Error::no_space);
    expect_clean_image();
    ASSERT_TRUE(client().remove("a"));
    expect_clean_image();
}

TEST_F(Ext2Rules, reading_a_directory_survives_removal_of_what_was_read) {
    start();
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(client().create("file" + std::to_string(i)));
    std::map<std::string, FsClient<Ext2Image>::Record> records;
    std::uint64_t position = 0;
    std::size_t seen = 0;
    while (client().list_part(ext2::root_inode, position, 200, records).value_or(0) != 0) {
        for (const auto &[name, record] : records) {
            ++seen;
            if (name.starts_with("file")) { EXPECT_TRUE(client().remove(name)); }
        }
        records.clear();
    }
    EXPECT_EQ(seen, 303u);
    EXPECT_EQ(client().list("")->size(), 3u);
    expect_clean_image();
}

TEST_F(Ext2Rules, buffer_too_small_for_one_record_is_invalid) {
    start();
    std::map<std::string, FsClient<Ext2Image>::Record> records;
    std::uint64_t position = 0;
    EXPECT_EQ(client().list_part(ext2::root_inode, position, 10, records).error(), Error::invalid);
}

TEST_F(Ext2Rules, directory_larger_than_the_cache_can_be_searched_and_grown) {
    start("-b 1024 -N 4000", 16384, 64 * 1024);  // 64 buffers
    const std::string long_name(240, 'n');
    for (int i = 0; i < 600; ++i) ASSERT_TRUE(client().create(long_name + std::to_string(i))) << i;
    EXPECT_TRUE(client().open(long_name + "599"));
    EXPECT_EQ(client().open(long_name + "600").error(), Error::no_entry);
    EXPECT_EQ(client().create(long_name + "3").error(), Error::exists);
    expect_clean_image();
}

TEST_F(Ext2Rules, rename_moves_directories_but_not_into_themselves) {
    start();
    ASSERT_TRUE(client().make_directory("a"));
    ASSERT_TRUE(client().make_directory("a/b"));
    ASSERT_TRUE(client().make_directory("c"));
    EXPECT_EQ(client().rename("a", "a/b/d").error(), Error::invalid);
    EXPECT_EQ(client().rename("a", "a/d").error(), Error::invalid);
    EXPECT_EQ(client().rename("c", "a", true).error(), Error::exists);
    EXPECT_EQ(client().rename("c", "a").error(), Error::not_empty);
    EXPECT_TRUE(client().rename("a/b", "c/b"));
    EXPECT_EQ(client().stat("a")->links, 2u);
    EXPECT_EQ(client().stat("c")->links, 3u);
    EXPECT_EQ(client().open("c/b/../..")->inode, ext2::root_inode);
    EXPECT_TRUE(client().rename("c", "a"));
    EXPECT_TRUE(client().open("a/b"));
    expect_clean_image();
}

TEST_F(Ext2Rules, lookup_stops_at_links_mount_points_and_above_the_root) {
    start();
    ASSERT_TRUE(client().make_directory("d"));
    ASSERT_TRUE(client().symbolic_link("d/link", "elsewhere"));
    const auto walk = [&](std::string_view path) {
        fs::Lookup lookup{};
        lookup.directory = ext2::root_inode;
        lookup.path = grant(path.data(), path.size());
        lookup.path_bytes = static_cast<std::uint32_t>(path.size());
        lookup.groups = invalid_grant;
        return client().call(lookup);
    };
    EXPECT_EQ(walk("d/link/more")->consumed, 7u);
    EXPECT_EQ(walk("d/../../up")->consumed, 5u);
    EXPECT_EQ(walk("d/../../up")->inode, ext2::root_inode);
    EXPECT_EQ(walk("..")->consumed, 0u);
    EXPECT_EQ(walk("d//.///")->consumed, 7u);
    EXPECT_EQ(walk("")->inode, ext2::root_inode);
    const auto directory = walk("d");
    fs::SetMountPoint mount_point{directory->inode, 1};
    ASSERT_TRUE(client().call(mount_point));
    EXPECT_EQ(walk("d/link/more")->consumed, 2u);
    EXPECT_EQ(client().remove("d", true).error(), Error::busy);
    EXPECT_EQ(client().rename("d", "e").error(), Error::busy);
    EXPECT_EQ(walk(std::string(256, 'x')).error(), Error::name_too_long);
}

/// Something may be mounted on a file too.
TEST_F(Ext2Rules, covered_file_keeps_its_names) {
    start();
    ASSERT_TRUE(client().create("file"));
    ASSERT_TRUE(client().create("other"));
    const auto file = client().open("file");
    fs::SetMountPoint mount_point{file->inode, 1};
    ASSERT_TRUE(client().call(mount_point));
    EXPECT_EQ(client().remove("file", false).error(), Error::busy);
    EXPECT_EQ(client().rename("file", "new").error(), Error::busy);
    EXPECT_EQ(client().rename("other", "file").error(), Error::busy);
    mount_point.on = 0;
    ASSERT_TRUE(client().call(mount_point));
    EXPECT_TRUE(client().rename("other", "file"));
}

TEST_F(Ext2Rules, search_permission_and_sticky_directories) {
    start();
    ASSERT_TRUE(client().make_directory("private", 0700));
    ASSERT_TRUE(client().create("private/a"));
    EXPECT_TRUE(client().open("private", 5));
    EXPECT_EQ(client().open("private/a", 5).error(), Error::access);
    ASSERT_TRUE(client().make_directory("sticky", 01777));
    ASSERT_TRUE(client().create("sticky/a"));
    EXPECT_EQ(client().remove("sticky/a", false, 5).error(), Error::not_permitted);
    EXPECT_TRUE(client().remove("sticky/a", false, 0));
}

TEST_F(Ext2Rules, attributes_are_kept_on_the_device) {
    start("-b 1024 -I 256");
    ASSERT_TRUE(client().create("tty", fs::mode::character | 0620, 5 << 8 | 1));
    const auto node = client().open("tty");
    EXPECT_EQ(node->device, 5u << 8 | 1);
    fs::ChangeOwner owner{};
    owner.inode = node->inode;
    owner.uid = 70'000;
    owner.gid = 80'000;
    ASSERT_TRUE(client().call(owner));
    fs::ChangeMode mode{node->inode, 04711, 0};
    ASSERT_TRUE(client().call(mode));
    fs::SetTimes times{node->inode, 5'000'000'000, 1'000'000'000, 123'456'789, 1};
    ASSERT_TRUE(client().call(times));
    ASSERT_TRUE(client().release(node->inode, 1));
    volume_->unmount();
    ASSERT_TRUE(volume_->mount());
    const auto stat = client().stat("tty");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->mode, fs::mode::character | 04711);
    EXPECT_EQ(stat->uid, 70'000u);
    EXPECT_EQ(stat->gid, 80'000u);
    EXPECT_EQ(stat->special_device, 5u << 8 | 1);
    EXPECT_EQ(stat->access.seconds, 5'000'000'000u);
    EXPECT_EQ(stat->access.nanoseconds, 123'456'789u);
    expect_clean_image();
}

TEST_F(Ext2Rules, read_only_volume_changes_nothing) {
    Ext2Image volume(make_image("-b 1024", 4096));
    const auto before = volume.image();
    ASSERT_TRUE(volume.mount(true));
    FsClient<Ext2Image> client(volume);
    EXPECT_EQ(client.create("a").error(), Error::read_only);
    EXPECT_EQ(client.remove("lost+found", true).error(), Error::read_only);
    EXPECT_TRUE(client.list(""));
    while (volume.volume().cache().dirty_count() != 0) FAIL();
    EXPECT_EQ(volume.image(), before);
}

TEST_F(Ext2Rules, unreadable_block_is_an_error_for_this_file_only) {
    start();
    ASSERT_TRUE(client().create("a"));
    ASSERT_TRUE(client().create("b"));
    ASSERT_TRUE(client().write("a", 0, std::string(5000, 'a')));
    ASSERT_TRUE(client().write("b", 0, std::string(5000, 'b')));
    volume_->unmount();
    ASSERT_TRUE(volume_->mount());
    ext2::Inode *const inode = volume_->volume().inode(static_cast<std::uint32_t>(client().open("a")->inode)).value();
    volume_->break_block(inode->disk.block[2]);
    EXPECT_EQ(client().read("a").error(), Error::io);
    EXPECT_EQ(client().read("b").value_or("").size(), 5000u);
    EXPECT_EQ(client().read("a", 0, 500).error(), Error::io) << "the read-ahead failed; the server then reads singly";
}

TEST_F(Ext2Rules, sequential_reads_read_ahead) {
    start("-b 1024", 8192, 1 << 20);
    ASSERT_TRUE(client().create("a"));
    ASSERT_TRUE(client().write("a", 0, std::string(200'000, 'a')));
    volume_->unmount();
    ASSERT_TRUE(volume_->mount());
    const unsigned before = volume_->reads();
    for (std::uint64_t at = 0; at < 200'000; at += 1000) ASSERT_TRUE(client().read("a", at, 1000));
    EXPECT_LT(volume_->reads() - before, 20u);
}

TEST_F(Ext2Rules, requests_on_inodes_nobody_holds_are_refused) {
    start();
    EXPECT_EQ(client().read_from(12345, 0, 1).error(), Error::invalid);
    EXPECT_EQ(client().read_from(~0ull, 0, 1).error(), Error::invalid);
    EXPECT_EQ(client().read_from(11, 0, 1).error(), Error::invalid) << "lost+found, not looked up";
    EXPECT_EQ(client().release(11).error(), Error::invalid);
}

}  // namespace
}  // namespace axo::host
