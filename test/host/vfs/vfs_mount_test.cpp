// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Mounts with a process each, which RS makes and ends: several at a time, late answers, refusals, deaths at every step.
// Whatever happens, a mount is there or nothing of it is.
#include "test/host/fake/heap_faults.hpp"
#include "test/host/vfs/mounts.hpp"

namespace axo::fake {
namespace {

TEST_F(VfsMounts, every_mount_has_a_process_and_a_device_number_of_its_own) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    ASSERT_EQ(mount("tmpfs", "/n"), 0);
    ASSERT_EQ(mount("ext2", "/bin", "/dev/disk"), 0);
    EXPECT_EQ(started, (std::vector<std::string>{"tmpfs", "tmpfs", "tmpfs", "ext2"}));
    put("/m/one");
    put("/n/two");
    EXPECT_EQ(look("/m/two"), -ENOENT);
    EXPECT_EQ(look("/n/one"), -ENOENT);
    struct stat m {
    }, n{}, bin{};
    call(a, SYS_stat, "/m", &m), call(a, SYS_stat, "/n", &n), call(a, SYS_stat, "/bin", &bin);
    EXPECT_NE(m.st_dev, n.st_dev);
    EXPECT_EQ(bin.st_dev, disk_major << 8 | disk_minor);
    EXPECT_EQ(serving.size(), 4u);
    for (const char *at : {"/m", "/n", "/bin"}) EXPECT_EQ(unmount(at), 0);
    expect_as_at_start();
}

TEST_F(VfsMounts, hundred_mounts_one_after_the_other_leave_nothing) {
    std::size_t blocks = 0;
    for (unsigned i = 0; i < 100; ++i) {
        ASSERT_EQ(mount("tmpfs", "/m"), 0);
        put("/m/file");
        ASSERT_EQ(unmount("/m"), 0);
        if (i == 50) blocks = arena_heap().used_blocks() + scratch_heap().used_blocks();
    }
    EXPECT_EQ(arena_heap().used_blocks() + scratch_heap().used_blocks(), blocks);
    expect_as_at_start();
    EXPECT_EQ(look("/m/file"), -ENOENT);
}

TEST_F(VfsMounts, device_is_mounted_once) {
    ASSERT_EQ(mount("ext2", "/m", "/dev/disk"), 0);
    EXPECT_EQ(mount("ext2", "/n", "/dev/disk"), -EBUSY);
    EXPECT_EQ(started.size(), 2u) << "a process for nothing";
    EXPECT_EQ(unmount("/m"), 0);
    EXPECT_EQ(mount("ext2", "/n", "/dev/disk"), 0);
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsMounts, place_is_mounted_on_once) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(mount("tmpfs", "/m"), -EBUSY);
    EXPECT_EQ(started.size(), 2u) << "a process for nothing";
    EXPECT_EQ(unmount("/m"), 0);
    expect_as_at_start();
}

TEST_F(VfsMounts, mount_that_cannot_be_leaves_nothing) {
    start_error = Error::no_entry;
    EXPECT_EQ(mount("tmpfs", "/m"), -ENOENT) << "no program";
    start_error = Error::no_memory;
    EXPECT_EQ(mount("tmpfs", "/m"), -ENOMEM);
    start_error.reset();
    expect_as_at_start();
    EXPECT_EQ(call(a, SYS_mount, "none", "/m", "tmpfs", 0, "size=many"), -EINVAL) << "the file system refuses";
    EXPECT_EQ(started.size(), 4u);
    expect_as_at_start();
    EXPECT_EQ(mount("tmpfs", "/nowhere"), -ENOENT);
    EXPECT_EQ(mount("tmpfs", "/dev/disk"), -ENOTDIR);
    EXPECT_EQ(mount("ext2", "/m", "/dev/console"), -ENOTBLK);
    EXPECT_EQ(started.size(), 4u) << "a process for nothing";
    expect_as_at_start();
    EXPECT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(unmount("/m"), 0);
}

/// Two mount on the same directory at the same time; the slower one leaves nothing behind.
TEST_F(VfsMounts, mount_that_comes_second_is_given_back) {
    const std::uint64_t none = place_text("none"), place = place_text("/n"), type = place_text("proc");
    bool arrived = false;
    on_file_request = [&](std::uint16_t number) {
        if (number == fs::Lookup::number && !std::exchange(arrived, true)) arrive(b, SYS_mount, {none, place, type});
    };
    EXPECT_EQ(mount("tmpfs", "/n"), -EBUSY) << "its process takes longer";
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsMounts, mount_whose_memory_runs_out_anywhere_leaves_nothing) {
    bool whole = false;
    for (unsigned n = 0; n < 200 && !whole; ++n) {
        HeapFaults::fail_after(n);
        const auto mounted = mount("tmpfs", "/n");
        HeapFaults::stop();
        if (mounted != 0) {
            EXPECT_TRUE(mounted == -ENOMEM || mounted == -EIO) << n << ": " << mounted;
            expect_as_at_start();
            continue;
        }
        EXPECT_EQ(unmount("/n"), 0);
        whole = n > 3 && mounted == 0 && started.size() > 5;
    }
    EXPECT_TRUE(whole);
    expect_as_at_start();
}

TEST_F(VfsMounts, dead_file_system_takes_its_mount_and_no_other) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    ASSERT_EQ(mount("ext2", "/n", "/dev/disk"), 0);
    put("/m/file");
    put("/n/other");
    const auto fd = call(a, SYS_open, "/m/file", O_RDWR, 0);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(call(b, SYS_chdir, "/m"), 0);
    kill_file_system(server_of("/m"));
    EXPECT_EQ(look("/m/below"), 0) << "what lay below is seen again";
    char byte = 0;
    EXPECT_EQ(call(a, SYS_pread64, fd, &byte, 1, 0), -EIO);
    EXPECT_EQ(call(b, SYS_open, "file", O_RDONLY, 0), -EIO);
    EXPECT_EQ(unmount("/m"), -EINVAL) << "nothing is mounted there";
    EXPECT_EQ(mount("tmpfs", "/m"), 0) << "and something may be";
    EXPECT_EQ(look("/m/file"), -ENOENT);
    EXPECT_EQ(unmount("/m"), 0);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/"), 0);
    EXPECT_EQ(look("/n/other"), 0) << "the other one lives";
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsMounts, device_of_a_dead_file_system_is_closed_and_can_be_mounted_again) {
    ASSERT_EQ(mount("ext2", "/m", "/dev/disk"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/m"), 0);
    kill_file_system(server_of("/m"));
    const auto closed = system.take_request(device::Close::number);
    ASSERT_TRUE(closed);
    EXPECT_EQ(decode_request<device::Close>(closed->message).minor, disk_minor);
    EXPECT_EQ(mount("ext2", "/m", "/dev/disk"), 0);
    EXPECT_EQ(unmount("/m"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/"), 0);
    expect_as_at_start();
}

TEST_F(VfsMounts, what_is_mounted_inside_a_dead_one_is_unmounted) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/in", 0755), 0);
    ASSERT_EQ(mount("tmpfs", "/m/in"), 0);
    kill_file_system(server_of("/m"));
    expect_as_at_start();
}

constexpr std::uint64_t ro = 1, nosuid = 2, nodev = 4, noexec = 8, remounting = 32;
constexpr std::uint64_t shown_always = 0x20 | 0x1000;  // ST_VALID, ST_RELATIME

TEST_F(VfsMounts, flags_of_a_mount_hold_where_they_are_given) {
    EXPECT_EQ(call(a, SYS_mount, "none", "/m", "tmpfs", nodev | noexec | nosuid, 0), 0);
    EXPECT_EQ(call(a, SYS_mknod, "/m/null", S_IFCHR | 0666, 1 << 8 | 3), 0);
    EXPECT_EQ(call(a, SYS_open, "/m/null", O_RDWR, 0), -EACCES);
    EXPECT_EQ(call(a, SYS_mknod, "/m/disk", S_IFBLK | 0666, disk_major << 8 | disk_minor), 0);
    EXPECT_EQ(mount("ext2", "/n", "/m/disk"), -EACCES);
    const auto fd = call(a, SYS_open, "/m/program", O_CREAT | O_WRONLY, 0755);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(call(a, SYS_access, "/m/program", 1), -EACCES);
    EXPECT_EQ(call(a, SYS_access, "/m/program", 4), 0);
    EXPECT_EQ(call(a, SYS_execve, "/m/program", 0, 0), -EACCES);
    std::uint64_t statfs[15] = {};
    EXPECT_EQ(call(a, SYS_statfs, "/m", &statfs[0]), 0);
    EXPECT_EQ(statfs[10], nodev | noexec | nosuid | shown_always);
    EXPECT_EQ(call(a, SYS_statfs, "/n", &statfs[0]), 0);
    EXPECT_EQ(statfs[10], shown_always) << "and nowhere else";
    EXPECT_EQ(unmount("/m"), 0);
    expect_as_at_start();
}

TEST_F(VfsMounts, remount_changes_flags_unless_somebody_writes) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    put("/m/file");
    const auto fd = call(a, SYS_open, "/m/file", O_RDWR, 0);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(call(a, SYS_mount, "", "/m", "", remounting | ro, 0), -EBUSY);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/still", 0755), 0);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(call(a, SYS_mount, "", "/m", "", remounting | ro | noexec, 0), 0);
    EXPECT_EQ(call(a, SYS_open, "/m/file", O_RDWR, 0), -EROFS);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/no", 0755), -EROFS);
    EXPECT_EQ(call(a, SYS_unlink, "/m/file"), -EROFS);
    EXPECT_EQ(call(a, SYS_chmod, "/m/file", 0600), -EROFS);
    EXPECT_EQ(call(a, SYS_mount, "", "/m", "", remounting, 0), 0);
    EXPECT_EQ(call(a, SYS_unlink, "/m/file"), 0);
    EXPECT_EQ(call(a, SYS_mount, "", "/m/still", "", remounting | ro, 0), -EINVAL) << "nothing is mounted there";
    EXPECT_EQ(call(a, SYS_mount, "", "/m", "", remounting | 64, 0), -EINVAL) << "MS_MANDLOCK is not kept";
    EXPECT_EQ(unmount("/m"), 0);
    expect_as_at_start();
}

/// While the file system writes out, nobody begins to write; when it refuses, all is as it was.
TEST_F(VfsMounts, remount_that_is_refused_changes_nothing) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    const std::uint64_t path = place_text("/m/new");
    system.answer<fs::Remount>([&](Endpoint, const fs::Remount &) -> Result<Nothing> {
        arrive(b, SYS_mkdir, {path, 0755});
        return Error::busy;
    });
    EXPECT_EQ(call(a, SYS_mount, "", "/m", "", remounting | ro | nodev, 0), -EBUSY);
    EXPECT_EQ(look("/m/new"), -ENOENT) << "made while nobody might";
    EXPECT_EQ(call(a, SYS_mkdir, "/m/new", 0755), 0);
    for (const vfs::Mount &mount : server->state().mounts.all()) EXPECT_EQ(mount.flags, 0u);
    EXPECT_EQ(unmount("/m"), 0);
    expect_as_at_start();
}

/// Nobody else may say that a file system is gone.
TEST_F(VfsMounts, only_rs_takes_mounts_away) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    const Endpoint of_mount = server_of("/m");
    EXPECT_FALSE(*server->ask(Endpoint::make(70, 1), vfs::ServiceDied{of_mount, 0}));
    EXPECT_EQ(look("/m/below"), -ENOENT);
    EXPECT_TRUE(*server->ask(endpoint::rs, vfs::ServiceDied{Endpoint::make(71, 1), 0})) << "of no mount";
    EXPECT_EQ(unmount("/m"), 0);
    expect_as_at_start();
}

/// Mounts, unmounts, deaths of file systems and of callers in any order, every answer late.
TEST_F(VfsMounts, in_any_order_a_mount_is_there_or_nothing_of_it_is) {
    const std::uint64_t none = place_text("none"), type = place_text("tmpfs"), disk = place_text("/dev/disk"),
                        ext2 = place_text("ext2"), m = place_text("/m"), n = place_text("/n");
    std::size_t mounted = 0, unmounted = 0, killed = 0, callers_killed = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        SCOPED_TRACE(seed);
        Traffic &traffic = system.answer_late(seed);
        const std::uint64_t at = traffic.pick(2) == 0 ? m : n;
        std::vector<std::pair<Endpoint, std::uint64_t>> calls;
        const auto begin = [&](Endpoint who, unsigned number, std::array<std::uint64_t, 6> arguments) {
            calls.emplace_back(who, server->start_user_call(who, number, arguments));
        };
        const Endpoint victim = Endpoint::make(60, static_cast<std::uint32_t>(seed + 1));
        add_process(victim, 60);
        begin(a, SYS_mount, {none, at, type});
        if (traffic.pick(2) == 0) begin(b, SYS_mount, {disk, traffic.pick(2) == 0 ? at : m, ext2});
        begin(victim, SYS_mount, {none, n, type});
        unsigned unmounts = 0;
        bool victim_lives = true;
        for (;;) {
            if (traffic.pick(12) == 0 && unmounts < 4) {
                ++unmounts;
                begin(init, SYS_umount2, {at, 0});
            }
            if (traffic.pick(30) == 0 && victim_lives) {
                victim_lives = false;
                ++callers_killed;
                static_cast<void>(server->ask(endpoint::pm, vfs::Exit{victim}));
            }
            if (traffic.pick(25) == 0 && serving.size() > 1) {
                auto chosen = serving.begin();
                std::advance(chosen, 1 + static_cast<long>(traffic.pick(serving.size() - 1)));
                const Endpoint process{chosen->first};
                traffic.kill(process);
                kill_file_system(process);
                ++killed;
            }
            if (!server->step()) break;
        }
        system.traffic.reset();
        for (const auto &[who, tag] : calls) {
            const auto result = server->user_result(who, tag);
            if (!result) {
                EXPECT_TRUE(who == victim && !victim_lives) << "a call without an answer";
                continue;
            }
            if (*result == 0) ++(who == init ? unmounted : mounted);
        }
        if (victim_lives) { EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{victim})); }
        EXPECT_EQ(server->state().running, 0u);
        while (unmount("/m") == 0) {}
        while (unmount("/n") == 0) {}
        expect_as_at_start();
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(mounted, 100u);
    EXPECT_GT(unmounted, 20u);
    EXPECT_GT(killed, 50u);
    EXPECT_GT(callers_killed, 30u);
}

}  // namespace
}  // namespace axo::fake
