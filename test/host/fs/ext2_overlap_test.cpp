// sources: lib/fs/client_memory.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp servers/ext2/*.cpp !servers/ext2/main.cpp
// The ext2 server under several clients at a time, over a disk that answers late, in any order, fails
// and dies: every answer is the model's, nothing that was answered is lost, nobody waits for ever.
#include <gtest/gtest.h>

#include "test/host/fs/ext2_late.hpp"
#include "test/host/fs/fs_model.hpp"
#include "test/host/fs/shared_file.hpp"

namespace axo::host {
namespace {

constexpr unsigned clients = 4;

struct Campaign {
    const char *name;
    unsigned seeds, steps;
    LateExt2::Weather weather;
};

/// Few names for all, in two directories: what one client looks for another one takes away.
void fight(LateExt2 &world, LateExt2::Client &client) {
    FsClient<LateExt2::Client> files(client);
    const auto name = [&] {
        static constexpr const char *above[] = {"", "x/", "y/"};
        return above[world.random()() % 3] + std::string(1, static_cast<char>('a' + world.random()() % 4));
    };
    for (unsigned i = 0; i < 300; ++i) {
        switch (world.random()() % 11) {
            case 0: static_cast<void>(files.make_directory(i % 2 == 0 ? "x" : "y")); break;
            case 8: static_cast<void>(files.make_directory(name())); break;
            case 9: static_cast<void>(files.remove(name(), true)); break;
            case 1: static_cast<void>(files.create(name())); break;
            case 2:
            case 3: static_cast<void>(files.write(name(), 0, std::string(world.random()() % 100'000, 'w'))); break;
            case 4: static_cast<void>(files.remove(name())); break;
            case 5: static_cast<void>(files.link(name(), name())); break;
            default: static_cast<void>(files.rename(name(), name())); break;
        }
    }
}

class Ext2OverlapCampaign : public testing::TestWithParam<Campaign> {
protected:
    using Client = LateExt2::Client;
    using Run = ModelRun<Client>;

    void work(LateExt2 &world, Client &client, Run &run, SharedFile &file, unsigned number, unsigned steps) {
        for (unsigned i = 0; i < steps && !HasFailure(); ++i) {
            switch (world.random()() % 8) {
                case 0: append(world, client, file, number); break;
                case 1: file.read(client); break;
                case 2:
                    if (world.random()() % 4 == 0) file.clear(client);
                    break;
                case 3:
                    if (world.random()() % 8 == 0) sync(client);
                    break;
                default: run.step();
            }
        }
    }
    /// Short records and long ones, for which there is not always room in the cache at once.
    static void append(LateExt2 &world, Client &client, SharedFile &file, unsigned number) {
        const std::size_t most = world.random()() % 4 == 0 ? 200'000 : 4000;
        file.append(client, static_cast<char>('A' + number), world.random()() % most);
    }
    static void sync(Client &client) {
        static_cast<void>(client.faulted());
        const auto done = client.call(fs::Sync{});
        const bool excused = client.faulted();
        if (!done) { EXPECT_TRUE(excused && done.error() == Error::io); }
    }
    static void expect_nothing_left(LateExt2 &world) {
        EXPECT_EQ(world.server->state().volume.held_inodes(), 1u);
        EXPECT_TRUE(world.ask_unmount());
        EXPECT_EQ(sys::grants().in_use(), 0u);
        EXPECT_EQ(sef::context().live_frames, 0u);
        EXPECT_EQ(world.disk.closed, 1u);
    }
};

TEST_P(Ext2OverlapCampaign, clients_that_overlap_get_the_models_answers) {
    const Campaign &campaign = GetParam();
    for (unsigned seed = 1; seed <= campaign.seeds && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const bool few_buffers = seed % 2 == 0;  // 64 of them: requests take them from each other all the time
        LateExt2 world(make_image(few_buffers ? "-b 4096 -I 128" : "-b 1024 -I 256", 32'000), seed);
        ASSERT_TRUE(world.mount());
        Client first = world.client();
        FsClient<Client> files(first);
        ASSERT_TRUE(files.remove("lost+found", true));
        const auto log = files.create_held("log");
        ASSERT_TRUE(log);
        SharedFile file(log->inode);
        std::deque<Client> each(clients, first);
        std::deque<Run> runs;
        for (unsigned i = 0; i < clients; ++i) {
            runs.emplace_back(each[i], seed * 100 + i, 400'000, std::string(1, static_cast<char>('0' + i)));
            world.add_client([&, i] { work(world, each[i], runs[i], file, i, campaign.steps); });
        }
        world.run(campaign.weather);
        for (Run &run : runs) run.release_open_files();
        file.compare(first);
        for (Run &run : runs) run.compare();
        ASSERT_TRUE(files.release(log->inode));
        expect_nothing_left(world);
        EXPECT_TRUE(campaign.weather.death_one_in == 0 || world.deaths() != 0);
        EXPECT_TRUE(campaign.weather.fail_one_in == 0 || world.disk.failures != 0);
        // A deletion that the device did not let come to its end is finished by the next mount.
        ASSERT_TRUE(world.mount());
        for (Run &run : runs) run.compare();
        EXPECT_TRUE(world.ask_unmount());
        EXPECT_EQ(check_image(world.disk.image), "");
    }
}

INSTANTIATE_TEST_SUITE_P(weather, Ext2OverlapCampaign,
                         testing::Values(Campaign{"late", 4, 200, {}}, Campaign{"failing", 6, 200, {.fail_one_in = 40}},
                                         Campaign{"dying", 4, 200, {.death_one_in = 150}},
                                         Campaign{"all_at_once", 4, 200, {.fail_one_in = 60, .death_one_in = 200}}),
                         [](const auto &campaign) { return std::string(campaign.param.name); });

TEST(Ext2Overlap, clients_that_fight_over_the_same_names_leave_a_faultless_image) {
    for (unsigned seed = 1; seed <= 4 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        LateExt2 world(make_image("-b 4096 -I 256 -g 512", 32'000), seed);
        ASSERT_TRUE(world.mount());
        std::deque<LateExt2::Client> each(clients, world.client());
        for (LateExt2::Client &client : each) world.add_client([&] { fight(world, client); });
        world.run();
        EXPECT_EQ(world.server->state().volume.held_inodes(), 1u);
        EXPECT_EQ(world.server->state().volume.orphans(), 0u);
        EXPECT_TRUE(world.ask_unmount());
        EXPECT_EQ(check_image(world.disk.image), "");
    }
}

TEST(Ext2Server, two_appends_that_wait_for_the_same_block_both_stay) {
    LateExt2 world(make_image("-b 1024", 4096), 1);
    ASSERT_TRUE(world.mount());
    LateExt2::Client client = world.client();
    FsClient<LateExt2::Client> files(client);
    ASSERT_TRUE(files.create("a"));
    ASSERT_TRUE(files.write("a", 0, std::string(500, '.')));
    ASSERT_TRUE(world.ask_unmount());  // so that its block is not in the cache
    ASSERT_TRUE(world.mount());
    const auto node = files.open("a");
    ASSERT_TRUE(node);
    const auto append = [&](std::string_view text) {
        fs::Write request{};
        request.inode = node->inode;
        request.bytes = text.size();
        request.buffer = world.system.grant(endpoint::vfs, text);
        request.append = 1;
        return world.server->send(endpoint::vfs, request, IpcCall::senda);
    };
    const auto one = append("one"), two = append("two");
    world.look();
    ASSERT_TRUE(world.disk.waiting());
    while (world.disk.waiting()) world.happen();
    EXPECT_EQ(world.server->reply_of<fs::Write>(endpoint::vfs, one)->value().offset_after, 503u);
    EXPECT_EQ(world.server->reply_of<fs::Write>(endpoint::vfs, two)->value().offset_after, 506u);
    EXPECT_EQ(files.read_from(node->inode, 500, 100).value_or(""), "onetwo");
}

TEST(Ext2Server, rename_that_had_to_wait_deletes_only_what_it_replaces) {
    LateExt2 world(make_image("-b 1024", 4096), 1);
    ASSERT_TRUE(world.mount());
    LateExt2::Client client = world.client();
    FsClient<LateExt2::Client> files(client);
    for (const char *path : {"p", "p/source", "q", "q/target"}) ASSERT_TRUE(files.make_directory(path));
    ASSERT_TRUE(world.ask_unmount());
    ASSERT_TRUE(world.mount());
    for (const char *path : {"p", "q", "q/target"}) ASSERT_TRUE(files.list(path));  // the source's block stays out
    ASSERT_TRUE(files.make_directory("q/warm"));  // what making and deleting needs is in the cache
    ASSERT_TRUE(files.remove("q/warm", true));
    fs::Rename request{};
    const auto p = files.open("p"), q = files.open("q");
    request.old_directory = p->inode;
    request.new_directory = q->inode;
    request.old_name = world.system.grant(endpoint::vfs, "source");
    request.new_name = world.system.grant(endpoint::vfs, "target");
    request.old_name_bytes = request.new_name_bytes = 6;
    request.sticky_uid = ~0u;
    const auto target = files.open("q/target");
    ASSERT_TRUE(files.release(target->inode));
    const auto tag = world.server->send(endpoint::vfs, request, IpcCall::senda);
    world.look();
    ASSERT_TRUE(world.disk.waiting()) << "for the block with the source's \"..\"";
    // Meanwhile the target goes, and a file gets its inode.
    const auto name = [&](std::string_view text) { return world.system.grant(endpoint::vfs, text); };
    ASSERT_TRUE(*world.server->ask(endpoint::vfs, fs::Unlink{q->inode, name("target"), 6, 1, ~0u}, IpcCall::senda));
    const auto made =
        *world.server->ask(endpoint::vfs, fs::Create{q->inode, name("new"), 3, 0644, 0, 0, 0}, IpcCall::senda);
    ASSERT_TRUE(made && made->inode == target->inode);
    while (world.disk.waiting()) world.happen();
    EXPECT_TRUE(*world.server->reply_of<fs::Rename>(endpoint::vfs, tag));
    for (const std::uint64_t inode : {p->inode, q->inode, made->inode}) EXPECT_TRUE(files.release(inode));
    EXPECT_TRUE(files.open("q/target/.."));
    EXPECT_EQ(files.stat("q/new")->links, 1u);
    EXPECT_EQ(world.server->state().volume.orphans(), 0u);
    EXPECT_TRUE(client.call(fs::Sync{}));
    EXPECT_EQ(check_image(world.disk.image), "");
}

TEST(Ext2Server, sync_answers_only_when_what_was_dirty_is_on_the_device) {
    LateExt2 world(make_image("-b 1024", 4096), 3);
    ASSERT_TRUE(world.mount());
    LateExt2::Client writer = world.client(), syncer = world.client(), first = world.client();
    FsClient<LateExt2::Client> files(first);
    ASSERT_TRUE(files.create("kept"));
    ASSERT_TRUE(files.create("busy"));
    ASSERT_TRUE(files.write("kept", 0, std::string(60'000, 'k')));
    bool synced = false;
    world.add_client([&] {  // makes blocks dirty faster than they can be written
        FsClient<LateExt2::Client> busy(writer);
        for (unsigned i = 0; i < 2000 && !synced; ++i)
            EXPECT_TRUE(busy.write("busy", i % 50 * 1000, std::string(900, 'b')));
    });
    world.add_client([&] {
        EXPECT_TRUE(syncer.call(fs::Sync{}, [&](const Result<Nothing> &) {
            synced = true;
            Ext2Image now(world.disk.image);
            EXPECT_TRUE(now.mount());
            ext2::Inode *const inode = now.volume().inode(12).value();  // the first that was made
            EXPECT_EQ(inode->size(), 60'000u);
            for (unsigned i = 0; i < 10; ++i)
                EXPECT_EQ(now.image()[inode->disk.block[i] * 1024ul], std::byte{'k'}) << "block " << i;
        }));
    });
    world.run();
    EXPECT_TRUE(synced);
}

TEST(Ext2Server, reader_gets_an_error_when_no_driver_comes_back) {
    LateExt2 world(make_image("-b 1024", 4096), 1);
    ASSERT_TRUE(world.mount());
    world.strike();
    const auto tag = world.server->send(
        endpoint::vfs,
        fs::Lookup{ext2::root_inode, world.system.grant(endpoint::vfs, "lost+found/x"), 12, 0, 0, invalid_grant, 0},
        IpcCall::senda);
    EXPECT_FALSE(world.server->reply_of<fs::Lookup>(endpoint::vfs, tag));
    world.system.advance(seconds(60));
    world.server->run();
    const auto reply = world.server->reply_of<fs::Lookup>(endpoint::vfs, tag);
    ASSERT_TRUE(reply) << "nothing else happens, and it waits for ever";
    EXPECT_EQ(reply->error(), Error::io);
}

TEST(Ext2Server, unmount_while_a_file_is_being_opened_is_refused) {
    unsigned refused = 0;
    for (unsigned seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        LateExt2 world(make_image("-b 1024", 4096), seed);
        ASSERT_TRUE(world.mount());
        LateExt2::Client opener = world.client(), other = world.client();
        FsClient<LateExt2::Client> files(opener);
        ASSERT_TRUE(files.create("a"));  // there is something to write before the end
        Result<fs::NodeInfo> node = Error::io;
        Status unmounted;
        world.add_client([&] { node = files.open("lost+found"); });
        world.add_client([&] {
            const auto answer = other.call(fs::Unmount{});
            if (!answer) unmounted = answer.error();
        });
        world.run();
        ASSERT_NE(node.has_value(), unmounted.has_value()) << "one of them has it";
        if (!node) continue;
        ++refused;
        EXPECT_EQ(unmounted.error(), Error::busy);
        EXPECT_TRUE(files.list("lost+found"));
        ASSERT_TRUE(files.release(node->inode));
        EXPECT_TRUE(world.ask_unmount());
    }
    EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace axo::host
