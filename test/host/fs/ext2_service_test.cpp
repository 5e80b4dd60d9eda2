// sources: lib/fs/client_memory.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp servers/ext2/allocator.cpp servers/ext2/block_cache.cpp servers/ext2/block_map.cpp
// sources: servers/ext2/directory.cpp servers/ext2/fs_attributes.cpp servers/ext2/fs_create.cpp
// sources: servers/ext2/fs_data.cpp servers/ext2/fs_lookup.cpp servers/ext2/fs_remove.cpp servers/ext2/fs_rename.cpp
// sources: servers/ext2/geometry.cpp servers/ext2/inode_table.cpp servers/ext2/transaction.cpp servers/ext2/volume.cpp
// sources: servers/ext2/block_io.cpp servers/ext2/device.cpp servers/ext2/mount.cpp servers/ext2/remount.cpp servers/ext2/service.cpp
// The ext2 server over a fake kernel and a fake block driver: mounting, writing back, the driver's death.
#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "servers/ext2/service.hpp"
#include "test/host/fake/fake_sys.hpp"
#include "test/host/fs/ext2_image.hpp"

namespace axo::host {
namespace {

constexpr Endpoint first_driver = Endpoint::make(20, 1), second_driver = Endpoint::make(20, 2);

/// A block driver that checks grants as the kernel would, and can be dead, deaf or broken.
class FakeDriver {
public:
    FakeDriver(fake::System &system, std::vector<std::byte> content) : image(std::move(content)), system_(system) {
        system.answer<device::Open>([this](Endpoint, const device::Open &open) -> Result<device::Open::Reply> {
            return device::Open::Reply{open.minor, 0, image.size()};
        });
        system.answer<device::Close>([this](Endpoint, const device::Close &) -> Result<Nothing> {
            ++closed;
            return Nothing{};
        });
        system.answer<device::Transfer>(
            [this](Endpoint peer, const device::Transfer &request) { return transfer(peer, request); });
        system.answer<ds::EndpointOf>([](Endpoint, const ds::EndpointOf &) -> Result<ds::EndpointOf::Reply> {
            return ds::EndpointOf::Reply{first_driver};
        });
    }

    std::vector<std::byte> image;
    Endpoint alive = first_driver;
    bool broken = false;
    unsigned transfers = 0, writes = 0, closed = 0;

private:
    Result<device::Transfer::Reply> transfer(Endpoint peer, const device::Transfer &request) {
        if (peer != alive) return Error::dead_peer;
        if (broken) return Error::io;
        ++transfers;
        writes += request.write;
        const auto vector = system_.granted(request.vector, peer);
        EXPECT_EQ(vector.size(), request.count * sizeof(device::TransferElement));
        std::uint64_t at = request.offset, bytes = 0;
        for (std::uint32_t i = 0; i < request.count; ++i) {
            device::TransferElement element;
            std::memcpy(&element, vector.data() + i * sizeof element, sizeof element);
            const auto buffer = system_.granted(element.buffer, peer);
            EXPECT_GE(buffer.size(), element.bytes);
            if (request.write != 0)
                std::memcpy(image.data() + at, buffer.data(), element.bytes);
            else
                std::memcpy(buffer.data(), image.data() + at, element.bytes);
            at += element.bytes;
            bytes += element.bytes;
        }
        return device::Transfer::Reply{bytes};
    }

    fake::System &system_;
};

class Ext2Service : public testing::Test {
protected:
    Ext2Service() {
        regions_.serve(system_);
        server_ = std::make_unique<fake::Service<ext2::Service>>();
        EXPECT_TRUE(server_->start());
    }
    template <Request R>
    Result<typename R::Reply> ask(const R &request) {
        const auto answer = server_->ask(endpoint::vfs, request, IpcCall::senda);
        if (!answer) return Error::would_block;  // not answered yet
        return *answer;
    }
    Result<fs::NodeInfo> mount() {
        fs::Mount mount{};
        put_text(mount.driver_label, "disk");
        mount.options = invalid_grant;
        return ask(mount);
    }
    Result<fs::NodeInfo> create(std::string_view name) {
        fs::Create create{};
        create.directory = ext2::root_inode;
        create.name = system_.grant(endpoint::vfs, name);
        create.name_bytes = static_cast<std::uint32_t>(name.size());
        create.mode = 0644;
        return ask(create);
    }
    fs::Write writing(std::uint64_t inode, std::string &data) {
        fs::Write write{};
        write.inode = inode;
        write.bytes = data.size();
        write.buffer = system_.grant(endpoint::vfs, data.data(), data.size());
        return write;
    }
    fs::Read reading(std::uint64_t inode, std::string &data) {
        fs::Read read{};
        read.inode = inode;
        read.bytes = data.size();
        read.buffer = system_.grant(endpoint::vfs, data.data(), data.size());
        return read;
    }

    fake::System system_;
    fake::Regions regions_;
    FakeDriver driver_{system_, make_image("-b 1024", 4096)};
    std::unique_ptr<fake::Service<ext2::Service>> server_;
};

TEST_F(Ext2Service, written_file_is_on_the_device_after_sync) {
    ASSERT_TRUE(mount());
    const auto node = create("a");
    ASSERT_TRUE(node);
    std::string data(300'000, 'x');
    EXPECT_EQ(ask(writing(node->inode, data))->bytes, data.size());
    ASSERT_TRUE(ask(fs::Sync{}));
    EXPECT_EQ(check_image(driver_.image), "");
    std::string back(400'000, '?');
    EXPECT_EQ(ask(reading(node->inode, back))->bytes, data.size());
    EXPECT_EQ(back.substr(0, data.size()), data);
    EXPECT_EQ(sys::grants().in_use(), 0u);
}

TEST_F(Ext2Service, dirty_blocks_are_written_back_after_a_while) {
    ASSERT_TRUE(mount());
    ASSERT_TRUE(create("a"));
    EXPECT_EQ(driver_.writes, 0u);
    system_.advance(seconds(6));
    server_->run();
    EXPECT_GT(driver_.writes, 0u);
    EXPECT_EQ(check_image(driver_.image), "");
    const unsigned writes = driver_.writes;
    system_.advance(seconds(60));
    server_->run();
    EXPECT_EQ(driver_.writes, writes) << "an idle volume is left alone";
}

TEST_F(Ext2Service, remounted_read_only_it_is_clean_on_the_device_and_stays_so) {
    ASSERT_TRUE(mount());
    const auto node = create("a");
    ASSERT_TRUE(node);
    std::string data(50'000, 'x');
    ASSERT_TRUE(ask(writing(node->inode, data)));
    ASSERT_TRUE(ask(fs::Remount{1, 0}));
    EXPECT_EQ(check_image(driver_.image), "");
    const unsigned writes = driver_.writes;
    std::string back(50'000, '?');
    EXPECT_EQ(ask(reading(node->inode, back))->bytes, data.size());
    EXPECT_EQ(create("b").error(), Error::read_only);
    system_.advance(seconds(60));
    server_->run();
    EXPECT_EQ(driver_.writes, writes);
    ASSERT_TRUE(ask(fs::Remount{0, 0}));
    ASSERT_TRUE(create("b"));
    ASSERT_TRUE(ask(fs::Sync{}));
    EXPECT_EQ(check_image(driver_.image), "");
    EXPECT_GT(driver_.writes, writes);
}

/// A file without a name is freed at its last close: that is a change.
TEST_F(Ext2Service, volume_with_a_nameless_file_is_not_remounted_read_only) {
    ASSERT_TRUE(mount());
    const auto node = create("a");
    ASSERT_TRUE(node);
    ASSERT_TRUE(ask(fs::Unlink{ext2::root_inode, system_.grant(endpoint::vfs, "a"), 1, 0, ~0u}));
    EXPECT_EQ(ask(fs::Remount{1, 0}).error(), Error::busy);
    ASSERT_TRUE(ask(fs::Release{node->inode, 1}));
    EXPECT_TRUE(ask(fs::Remount{1, 0}));
    EXPECT_EQ(check_image(driver_.image), "");
}

TEST_F(Ext2Service, request_outlives_the_driver) {
    ASSERT_TRUE(mount());
    driver_.alive = second_driver;
    const auto tag = server_->send(
        endpoint::vfs,
        fs::Lookup{ext2::root_inode, system_.grant(endpoint::vfs, "lost+found/x"), 12, 0, 0, invalid_grant, 0},
        IpcCall::senda);
    EXPECT_FALSE(server_->reply_of<fs::Lookup>(endpoint::vfs, tag)) << "waits for the successor";
    ASSERT_TRUE(ask(fs::NewDriver{second_driver, 0}));
    const auto reply = server_->reply_of<fs::Lookup>(endpoint::vfs, tag);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), Error::no_entry);
}

TEST_F(Ext2Service, failed_write_keeps_the_blocks_for_the_next_try) {
    ASSERT_TRUE(mount());
    const auto node = create("a");
    ASSERT_TRUE(node);
    std::string data(50'000, 'x');
    ASSERT_TRUE(ask(writing(node->inode, data)));
    driver_.broken = true;
    EXPECT_EQ(ask(fs::Sync{}).error(), Error::io);
    driver_.broken = false;
    EXPECT_TRUE(ask(fs::Sync{}));
    EXPECT_EQ(check_image(driver_.image), "");
}

TEST_F(Ext2Service, unmount_waits_for_holds_and_leaves_nothing) {
    ASSERT_TRUE(mount());
    EXPECT_EQ(mount().error(), Error::busy);
    const auto node = create("a");
    EXPECT_EQ(ask(fs::Unmount{}).error(), Error::busy);
    ASSERT_TRUE(ask(fs::Release{node->inode, 1}));
    ASSERT_TRUE(ask(fs::Unmount{}));
    EXPECT_EQ(check_image(driver_.image), "");
    EXPECT_EQ(driver_.closed, 1u);
    EXPECT_EQ(regions_.count(), 0u);
    EXPECT_EQ(sys::grants().in_use(), 0u);
    EXPECT_EQ(create("b").error(), Error::invalid);
    EXPECT_TRUE(mount());
}

TEST_F(Ext2Service, only_vfs_is_served) {
    ASSERT_TRUE(mount());
    const auto answer = server_->ask(endpoint::pm, fs::Release{ext2::root_inode, 1});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error(), Error::not_permitted);
}

TEST_F(Ext2Service, device_without_file_system_is_refused) {
    std::fill(driver_.image.begin(), driver_.image.end(), std::byte{});
    EXPECT_EQ(mount().error(), Error::invalid);
    EXPECT_EQ(regions_.count(), 0u);
}

}  // namespace
}  // namespace axo::host
