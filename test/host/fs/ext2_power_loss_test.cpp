// sources: lib/fs/client_memory.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp servers/ext2/*.cpp !servers/ext2/main.cpp
// The power goes between any two blocks that are written: every prefix of what a workload writes, in
// whatever order the disk took it, is an image. One that calls itself clean is faultless; any other can be
// repaired, and mounted without repair, and what was synced and not touched since is still there.
#include <gtest/gtest.h>

#include <set>

#include "test/host/fs/ext2_late.hpp"
#include "test/host/fs/fs_client.hpp"

namespace axo::host {
namespace {

using Files = std::map<std::string, std::string>;

/// What the disk must still have: files as they were at a sync, until something else is asked of them.
class Promises {
public:
    explicit Promises(const LateDisk &disk) : disk_(disk) {}
    /// An operation on this file is about to be asked for.
    void touch(const std::string &name) {
        for (Promise &promise : promises_)
            if (promise.name == name && promise.until == forever) promise.until = disk_.log.size();
    }
    void synced(const Files &files) {
        for (const auto &[name, content] : files) promises_.push_back({name, content, disk_.log.size(), forever});
    }
    Files at(std::size_t prefix) const {
        Files files;
        for (const Promise &promise : promises_)
            if (promise.since <= prefix && prefix <= promise.until) files[promise.name] = promise.content;
        return files;
    }

private:
    static constexpr std::size_t forever = ~std::size_t{0};
    struct Promise {
        std::string name, content;
        std::size_t since, until;
    };
    const LateDisk &disk_;
    std::vector<Promise> promises_;
};

class Workload {
public:
    Workload(LateExt2 &world, unsigned seed) : world_(world), client_(world.client()), files_(client_), random_(seed) {}

    void run(unsigned steps) {
        EXPECT_TRUE(files_.make_directory("d"));
        for (unsigned i = 0; i < steps; ++i) step();
        for (const std::uint64_t inode : open_) EXPECT_TRUE(files_.release(inode));
        sync();
    }
    const Promises &promises() const { return promises_; }

private:
    void step() {
        const std::string name = some_name();
        switch (random_() % 12) {
            case 0:
            case 1:
            case 2:
            case 3: return write(name);
            case 4: return remove(name);
            case 5: return rename(name, some_name());
            case 6: return truncate(name);
            case 7: return open_and_remove(name);
            case 8: return sync();
            case 9: return directory("e" + std::to_string(random_() % 3));
            default: return world_.let_pass(seconds(3));
        }
    }
    std::string some_name() {
        return (random_() % 2 == 0 ? "d/" : "") + std::string(1, static_cast<char>('p' + random_() % 6));
    }
    void write(const std::string &name) {
        promises_.touch(name);
        const std::string data(1 + random_() % 20'000, static_cast<char>('A' + random_() % 26));
        if (!content_.contains(name)) { EXPECT_TRUE(files_.create(name)); }
        std::string &content = content_[name];
        EXPECT_EQ(files_.write(name, content.size(), data, true).value_or(0), data.size());
        content += data;
    }
    void remove(const std::string &name) {
        if (!content_.contains(name)) return;
        promises_.touch(name);
        EXPECT_TRUE(files_.remove(name));
        content_.erase(name);
    }
    void rename(const std::string &from, const std::string &to) {
        if (from == to || !content_.contains(from)) return;
        promises_.touch(from);
        promises_.touch(to);
        EXPECT_TRUE(files_.rename(from, to));
        content_[to] = content_[from];
        content_.erase(from);
    }
    void truncate(const std::string &name) {
        if (!content_.contains(name)) return;
        promises_.touch(name);
        const std::size_t size = random_() % 30'000;
        EXPECT_TRUE(files_.truncate(name, size));
        content_[name].resize(size);
    }
    void open_and_remove(const std::string &name) {
        if (!content_.contains(name)) return;
        const auto node = files_.open(name);
        ASSERT_TRUE(node);
        open_.push_back(node->inode);
        remove(name);
        if (open_.size() < 4) return;
        EXPECT_TRUE(files_.release(open_.front()));
        open_.erase(open_.begin());
    }
    void directory(const std::string &name) {
        if (directories_.insert(name).second) {
            EXPECT_TRUE(files_.make_directory(name));
        } else {
            EXPECT_TRUE(files_.remove(name, true));
            directories_.erase(name);
        }
    }
    void sync() {
        ASSERT_TRUE(client_.call(fs::Sync{}));
        promises_.synced(content_);
    }

    LateExt2 &world_;
    LateExt2::Client client_;
    FsClient<LateExt2::Client> files_;
    std::mt19937 random_;
    Promises promises_{world_.disk};
    Files content_;
    std::set<std::string> directories_;
    std::vector<std::uint64_t> open_;
};

bool says_clean(const std::vector<std::byte> &image) {
    ext2::SuperBlock super;
    std::memcpy(&super, image.data() + ext2::super_block_offset, sizeof super);
    return (super.state & ext2::fs_state::valid) != 0;
}

/// The volume after the next start, without a server.
class Restarted : public Ext2Image {
public:
    using Ext2Image::Ext2Image;
    static GrantId grant(const void *memory, std::size_t bytes) {
        return fake::System::current().grant(endpoint::vfs, const_cast<void *>(memory), bytes);
    }
};

void expect_files(const std::vector<std::byte> &image, const Files &promised, const char *how) {
    Restarted volume(image);
    ASSERT_TRUE(volume.mount()) << how;
    FsClient<Restarted> client(volume);
    for (const auto &[name, content] : promised) {
        const auto there = client.read(name);
        ASSERT_TRUE(there && *there == content) << name << " is lost " << how;
    }
    volume.unmount();
    if (says_clean(volume.image())) { EXPECT_EQ(check_image(volume.image()), "") << "it calls itself clean " << how; }
}

void expect_survivor(std::vector<std::byte> image, const Files &promised) {
    if (says_clean(image)) { ASSERT_EQ(check_image(image), "") << "it calls itself clean"; }
    expect_files(image, promised, "without repair");
    ASSERT_EQ(repair_image(image), "");
    EXPECT_EQ(check_image(image), "");
    expect_files(image, promised, "after repair");
}

TEST(Ext2PowerLoss, every_prefix_of_the_writes_keeps_what_was_synced) {
    for (unsigned seed = 1; seed <= 2; ++seed) {
        const auto fresh = make_image("-b 1024 -I 128 -N 64", 1024);
        LateExt2 world(fresh, seed);
        ASSERT_TRUE(world.mount());
        world.disk.recording = true;
        Workload workload(world, seed);
        workload.run(25);
        ASSERT_FALSE(HasFailure());
        auto image = fresh;
        for (std::size_t n = 0; n < world.disk.log.size() && !HasFailure(); ++n) {
            SCOPED_TRACE("seed " + std::to_string(seed) + ", power lost after write " + std::to_string(n));
            expect_survivor(image, workload.promises().at(n));
            const LateDisk::Written &next = world.disk.log[n];
            std::copy(next.data.begin(), next.data.end(), image.begin() + static_cast<long>(next.offset));
        }
        EXPECT_GT(world.disk.log.size(), 40u);
    }
}

}  // namespace
}  // namespace axo::host
