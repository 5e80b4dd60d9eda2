// sources: test/host/fs/host_fs.cpp lib/base/heap.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp
// sources: servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp
// sources: servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp
// tmpfs against the model, and its own rules: limits, sparse files, directory positions, memory given back.
#include <gtest/gtest.h>

#include <deque>

#include "servers/tmpfs/file_system.hpp"
#include "servers/tmpfs/mount_options.hpp"
#include "test/host/fake/host_grants.hpp"
#include "test/host/fake/host_heap.hpp"
#include "test/host/fake/own_regions.hpp"
#include "test/host/fs/clients.hpp"
#include "test/host/fs/fs_model.hpp"
#include "test/host/fs/shared_file.hpp"

namespace axo::host {
namespace {

class Served : public DirectGrants {
public:
    explicit Served(std::size_t pages = 4096) {
        EXPECT_TRUE(files_.prepare());
        const auto root = files_.run(fs::ClientMemory(endpoint::vfs), fs::Mount{}, pages);
        EXPECT_TRUE(root);
        root_ = root->inode;
    }
    template <Request R>
    Result<typename R::Reply> call(const R &request) {
        return files_.run(fs::ClientMemory(endpoint::vfs), request);
    }
    std::uint64_t root() const { return root_; }
    static constexpr std::uint64_t blocks_for_one_byte = 1;
    tmpfs::Tree &tree() { return tree_; }

private:
    tmpfs::Tree tree_{host_heap()};
    tmpfs::FileSystem files_{tree_, host_heap()};
    std::uint64_t root_ = 0;
};

TEST(Tmpfs, random_operations_match_the_model_and_leave_nothing_behind) {
    const std::size_t used = host_heap().used_blocks();
    for (unsigned seed = 1; seed <= 5; ++seed) {
        Served served;
        ModelRun<Served> run(served, seed, 300'000);
        for (unsigned i = 0; i < 3000 && !HasFailure(); ++i) run.step();
        run.compare();
        run.release_open_files();
        EXPECT_EQ(served.tree().held_nodes(), 1u);
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
    EXPECT_EQ(host_heap().used_blocks(), used);
    EXPECT_EQ(fake::own_regions().count(), 0u);
}

/// One of several clients; what others do comes between any two of its requests.
class SharedClient : public DirectGrants {
public:
    SharedClient(Served &served, Clients &clients) : served_(&served), clients_(&clients) {}
    template <Request R>
    Result<typename R::Reply> call(const R &request,
                                   std::function<void(const Result<typename R::Reply> &)> settled = {}) {
        const auto result = served_->call(request);
        if (settled) settled(result);
        if (clients_->inside()) clients_->pause();
        return result;
    }
    std::uint64_t root() const { return served_->root(); }
    static constexpr std::uint64_t blocks_for_one_byte = 1;

private:
    Served *served_;
    Clients *clients_;
};

void work(SharedClient &client, ModelRun<SharedClient> &run, SharedFile &file, char letter, std::mt19937 &random) {
    for (unsigned i = 0; i < 400; ++i) {
        switch (random() % 8) {
            case 0: file.append(client, letter, random() % 20'000); break;
            case 1: file.read(client); break;
            case 2:
                if (random() % 8 == 0) file.clear(client);
                break;
            default: run.step();
        }
    }
}

TEST(Tmpfs, clients_that_overlap_get_the_models_answers) {
    for (unsigned seed = 1; seed <= 4 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Served served(20'000);
        Clients clients;
        std::mt19937 random(seed);
        SharedClient client(served, clients);
        SharedFile file(FsClient<SharedClient>(client).create_held("log")->inode);
        std::deque<ModelRun<SharedClient>> runs;
        for (unsigned i = 0; i < 4; ++i) {
            runs.emplace_back(client, seed * 100 + i, 100'000, std::string(1, static_cast<char>('0' + i)));
            clients.add([&, i] { work(client, runs[i], file, static_cast<char>('A' + i), random); });
        }
        for (std::size_t ended = 0; ended != clients.count();) {
            const std::size_t chosen = random() % clients.count();
            if (clients.ended(chosen)) continue;
            clients.go_on(chosen);
            ended += clients.ended(chosen);
        }
        for (auto &run : runs) run.release_open_files();
        for (auto &run : runs) run.compare();
        file.compare(client);
        EXPECT_EQ(served.tree().held_nodes(), 2u) << "the root and the shared file";
    }
    EXPECT_EQ(fake::own_regions().count(), 0u);
}

TEST(Tmpfs, full_file_system_writes_what_fits_then_refuses) {
    Served served(10);
    FsClient<Served> client(served);
    ASSERT_TRUE(client.create("a"));
    EXPECT_EQ(client.write("a", 0, std::string(100'000, 'x')).value_or(0), 10 * page_size);
    EXPECT_EQ(client.write("a", 50'000, "y").error(), Error::no_space);
    EXPECT_TRUE(client.truncate("a", 0));
    EXPECT_EQ(client.write("a", 0, "y").value_or(0), 1u);
}

TEST(Tmpfs, write_that_fails_half_way_leaves_nothing_behind_the_end) {
    Served served;
    FsClient<Served> client(served);
    const auto node = client.create_held("a");
    ASSERT_TRUE(client.write_to(node->inode, 0, std::string(500, 'a')));
    const std::string data(3 * page_size, 'b');
    fs::Write write{};
    write.inode = node->inode;
    write.offset = 500;
    write.bytes = data.size();
    write.buffer = served.grant(data.data(), page_size);  // the rest is not granted
    EXPECT_EQ(client.call(write).error(), Error::not_permitted);
    EXPECT_EQ(client.stat("a")->size, 500u);
    EXPECT_EQ(served.tree().pool().used(), 1u) << "pages of the failed write stay";
    ASSERT_TRUE(client.truncate("a", 3 * page_size));
    EXPECT_EQ(client.read("a").value_or(""), std::string(500, 'a') + std::string(3 * page_size - 500, '\0'));
}

TEST(Tmpfs, sparse_file_costs_only_what_was_written) {
    Served served;
    FsClient<Served> client(served);
    ASSERT_TRUE(client.create("a"));
    const std::uint64_t far = std::uint64_t{1} << 45;
    EXPECT_TRUE(client.write("a", far, "end"));
    EXPECT_EQ(client.read("a", far - 4, 10).value_or(""), std::string(4, '\0') + "end");
    EXPECT_EQ(served.tree().pool().used(), 1u);
    EXPECT_TRUE(client.truncate("a", 1));
    EXPECT_EQ(served.tree().pool().used(), 0u);
    EXPECT_EQ(client.write("a", std::uint64_t{1} << 60, "x").error(), Error::file_too_big);
}

TEST(Tmpfs, removed_file_lives_until_released) {
    Served served;
    FsClient<Served> client(served);
    const auto node = client.create_held("a");
    ASSERT_TRUE(node);
    ASSERT_TRUE(client.write_to(node->inode, 0, "text"));
    ASSERT_TRUE(client.remove("a"));
    EXPECT_EQ(client.open("a").error(), Error::no_entry);
    EXPECT_EQ(client.read_from(node->inode, 0, 10).value_or(""), "text");
    ASSERT_TRUE(client.release(node->inode));
    EXPECT_EQ(client.read_from(node->inode, 0, 10).error(), Error::invalid);
    EXPECT_EQ(served.tree().pool().used(), 0u);
}

TEST(Tmpfs, reading_a_directory_survives_removal_of_what_was_read) {
    Served served;
    FsClient<Served> client(served);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(client.create("file" + std::to_string(i)));
    std::map<std::string, FsClient<Served>::Record> records;
    std::uint64_t position = 0;
    std::size_t seen = 0;
    while (client.list_part(served.root(), position, 200, records).value_or(0) != 0) {
        for (const auto &[name, record] : records) {
            ++seen;
            if (name[0] != '.') { EXPECT_TRUE(client.remove(name)); }
        }
        records.clear();
    }
    EXPECT_EQ(seen, 202u);
    EXPECT_EQ(client.list("")->size(), 2u);
}

TEST(Tmpfs, options_give_size_mode_and_owner) {
    const auto options = tmpfs::parse_options("rw,size=8m,mode=755,uid=7,gid=8,nr_inodes=5", 100);
    ASSERT_TRUE(options);
    EXPECT_EQ(options->pages, 2048u);
    EXPECT_EQ(options->mode, 0755u);
    EXPECT_EQ(options->uid, 7u);
    EXPECT_EQ(options->gid, 8u);
    EXPECT_EQ(tmpfs::parse_options("size=25%", 100)->pages, 50u);
    EXPECT_EQ(tmpfs::parse_options("", 100)->pages, 100u);
    EXPECT_FALSE(tmpfs::parse_options("size=x", 100));
    EXPECT_FALSE(tmpfs::parse_options("mode=9", 100));
    EXPECT_FALSE(tmpfs::parse_options("size=99999999999999999999", 100));
}

}  // namespace
}  // namespace axo::host
