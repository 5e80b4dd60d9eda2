// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// One file system seen in several places: what is the same there, what is not, and that nothing is left of any of them.
#include "test/host/fake/heap_faults.hpp"
#include "test/host/vfs/mounts.hpp"

namespace axo::fake {
namespace {

constexpr std::uint64_t ro = 1, nodev = 4, noexec = 8, remounting = 32, noatime = 1024, nodiratime = 2048,
                        binding = 4096, recursive = 16384, unbindable = 1 << 17, is_private = 1 << 18, slave = 1 << 19,
                        shared = 1 << 20, strictatime = 1 << 24;

struct VfsBinds : VfsMounts {
    std::int64_t bind(const char *from, const char *to, std::uint64_t flags = 0, Endpoint who = a) {
        return call(who, SYS_mount, from, to, 0, binding | flags, 0);
    }
    std::int64_t remount(const char *at, std::uint64_t flags) {
        return call(a, SYS_mount, 0, at, 0, remounting | flags, 0);
    }
    std::string directory_of(Endpoint who) {
        char text[256] = {};
        EXPECT_GT(call(who, SYS_getcwd, text, sizeof text), 0);
        return text;
    }
    std::int64_t open(const char *path, int flags = O_RDONLY) { return call(a, SYS_open, path, flags, 0644); }
    std::uint64_t accessed(const char *path) {
        struct stat found {};
        EXPECT_EQ(call(a, SYS_stat, path, &found), 0);
        return static_cast<std::uint64_t>(found.st_atim.tv_sec);
    }
    /// So long ago that relatime would note the next access.
    void set_old(const char *path) {
        const timespec old[2] = {{1000, 0}, {2000, 0}};
        EXPECT_EQ(call(a, SYS_utimensat, AT_FDCWD, path, old, 0), 0);
    }
    void read(const char *path) {
        char byte = 0;
        const auto fd = open(path);
        ASSERT_GE(fd, 0);
        EXPECT_GE(call(a, SYS_read, fd, &byte, 1), 0);
        EXPECT_EQ(call(a, SYS_close, fd), 0);
    }
};

TEST_F(VfsBinds, directory_is_seen_in_both_places) {
    ASSERT_EQ(bind("/m", "/n"), 0);
    put("/n/file");
    EXPECT_EQ(look("/m/file"), 0);
    EXPECT_EQ(look("/n/below"), 0);
    struct stat m {
    }, n{};
    call(a, SYS_stat, "/m", &m), call(a, SYS_stat, "/n", &n);
    EXPECT_EQ(m.st_dev, n.st_dev);
    EXPECT_EQ(m.st_ino, n.st_ino);
    EXPECT_EQ(unmount("/n"), 0);
    EXPECT_EQ(look("/n/below"), -ENOENT);
    EXPECT_EQ(look("/m/file"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, way_up_leads_to_where_it_was_bound) {
    EXPECT_EQ(call(a, SYS_mkdir, "/n/place", 0755), 0);
    ASSERT_EQ(bind("/m/below", "/n/place"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/n/place"), 0);
    EXPECT_EQ(directory_of(b), "/n/place");
    EXPECT_EQ(call(b, SYS_chdir, ".."), 0);
    EXPECT_EQ(directory_of(b), "/n");
    EXPECT_EQ(call(b, SYS_chdir, "/m/below"), 0);
    EXPECT_EQ(directory_of(b), "/m/below") << "the same directory, elsewhere";
    EXPECT_EQ(call(b, SYS_chdir, "/n/place/../.."), 0);
    EXPECT_EQ(directory_of(b), "/");
    EXPECT_EQ(unmount("/n/place"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, directory_moved_out_of_a_bind_leads_nowhere_up) {
    EXPECT_EQ(call(a, SYS_mkdir, "/m/below/deep", 0755), 0);
    ASSERT_EQ(bind("/m/below", "/n"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/n/deep"), 0);
    EXPECT_EQ(call(a, SYS_rename, "/m/below/deep", "/deep"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "../.."), -ENOENT) << "above everything, but not at the root of what is seen";
    EXPECT_EQ(call(b, SYS_chdir, "/"), 0);
    EXPECT_EQ(unmount("/n"), 0);
    EXPECT_EQ(call(a, SYS_rmdir, "/deep"), 0);
    expect_as_at_start();
}

/// procfs walks paths by itself, and knows nothing of binds.
TEST_F(VfsBinds, way_up_is_the_same_where_names_are_not_remembered) {
    ASSERT_EQ(mount("proc", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/part", 0755), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/part/deep", 0755), 0);
    ASSERT_EQ(bind("/m/part", "/n"), 0);
    EXPECT_EQ(look("/n/deep/../../dev/disk"), 0);
    EXPECT_EQ(look("/n/deep/../../part"), -ENOENT);
    EXPECT_EQ(look("/m/part/deep/../../part"), 0);
    EXPECT_EQ(unmount("/n"), 0);
    EXPECT_EQ(unmount("/m"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, above_the_root_of_everything_is_the_root) {
    EXPECT_EQ(call(b, SYS_chroot, "/m"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "../../.."), 0);
    EXPECT_EQ(call(b, SYS_access, "n", F_OK), 0);
}

TEST_F(VfsBinds, file_is_bound_over_a_file) {
    put("/m/one");
    put("/n/two");
    const auto fd = open("/m/one", O_WRONLY);
    EXPECT_EQ(call(a, SYS_write, fd, "text", 4), 4);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(bind("/m/one", "/n"), -ENOTDIR);
    EXPECT_EQ(bind("/m", "/n/two"), -ENOTDIR);
    ASSERT_EQ(bind("/m/one", "/n/two"), 0);
    struct stat found {};
    EXPECT_EQ(call(a, SYS_stat, "/n/two", &found), 0);
    EXPECT_EQ(found.st_size, 4);
    EXPECT_EQ(call(a, SYS_unlink, "/n/two"), -EBUSY);
    EXPECT_EQ(call(a, SYS_rename, "/n/two", "/n/three"), -EBUSY);
    put("/n/four");
    EXPECT_EQ(call(a, SYS_rename, "/n/four", "/n/two"), -EBUSY);
    EXPECT_EQ(unmount("/n/two"), 0);
    EXPECT_EQ(call(a, SYS_unlink, "/n/two"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, mount_inside_is_seen_in_one_place_only) {
    ASSERT_EQ(mount("tmpfs", "/m/below"), 0);
    put("/m/below/file");
    ASSERT_EQ(bind("/m", "/n"), 0);
    EXPECT_EQ(look("/n/below"), 0);
    EXPECT_EQ(look("/n/below/file"), -ENOENT) << "without MS_REC";
    EXPECT_EQ(call(a, SYS_rmdir, "/n/below"), -EBUSY) << "as on Linux";
    EXPECT_EQ(mount("tmpfs", "/n/below"), 0) << "private";
    EXPECT_EQ(look("/m/below/file"), 0);
    EXPECT_EQ(unmount("/n"), -EBUSY) << "something is mounted inside";
    EXPECT_EQ(unmount("/n/below"), 0);
    EXPECT_EQ(look("/m/below/file"), 0) << "still";
    EXPECT_EQ(call(a, SYS_rmdir, "/n/below"), -EBUSY) << "still";
    EXPECT_EQ(unmount("/n"), 0);
    EXPECT_EQ(unmount("/m/below"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, with_everything_inside) {
    for (const char *path : {"/m/below/deep", "/m/other"}) EXPECT_EQ(call(a, SYS_mkdir, path, 0755), 0);
    ASSERT_EQ(mount("tmpfs", "/m/below/deep"), 0);
    ASSERT_EQ(call(a, SYS_mkdir, "/m/below/deep/deeper", 0755), 0);
    ASSERT_EQ(mount("tmpfs", "/m/below/deep/deeper"), 0);
    ASSERT_EQ(mount("tmpfs", "/m/other"), 0);
    put("/m/below/deep/deeper/file");
    put("/m/other/file");
    const std::size_t before = mounts();
    ASSERT_EQ(bind("/m/below", "/n", recursive), 0);
    EXPECT_EQ(mounts(), before + 3) << "what lies beside is left out";
    EXPECT_EQ(look("/n/deep/deeper/file"), 0);
    EXPECT_EQ(unmount("/m/below/deep/deeper"), 0);
    EXPECT_EQ(look("/n/deep/deeper/file"), 0) << "the service stays until the last mount goes";
    EXPECT_EQ(unmount("/m/below/deep"), 0);
    for (const char *at : {"/n/deep/deeper", "/n/deep", "/n", "/m/other"}) EXPECT_EQ(unmount(at), 0) << at;
    EXPECT_EQ(call(a, SYS_rmdir, "/m/other"), 0);
    EXPECT_EQ(call(a, SYS_rmdir, "/m/below/deep"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, whole_file_system_with_everything_inside) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/in", 0755), 0);
    ASSERT_EQ(mount("tmpfs", "/m/in"), 0);
    ASSERT_EQ(bind("/m", "/n", recursive), 0);
    EXPECT_EQ(server_of("/n/in"), server_of("/m/in"));
    for (const char *at : {"/n/in", "/n", "/m/in", "/m"}) EXPECT_EQ(unmount(at), 0) << at;
    expect_as_at_start();
}

TEST_F(VfsBinds, way_up_that_was_looked_for_keeps_no_mount_busy) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/in", 0755), 0);
    ASSERT_EQ(mount("tmpfs", "/m/in"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/m/in"), 0);
    EXPECT_EQ(directory_of(b), "/m/in");
    EXPECT_EQ(call(b, SYS_chdir, "/"), 0);
    for (const char *at : {"/m/in", "/m"}) EXPECT_EQ(unmount(at), 0) << at;
    expect_as_at_start();
}

TEST_F(VfsBinds, tree_bound_into_itself_ends) {
    const std::size_t before = mounts();
    ASSERT_EQ(bind("/", "/n", recursive), 0);
    EXPECT_EQ(mounts(), before + 2);
    EXPECT_EQ(look("/n/m/below"), 0);
    EXPECT_EQ(look("/n/n/m"), -ENOENT);
    EXPECT_EQ(unmount("/n/tmp"), 0);
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, file_system_lives_until_its_last_mount_goes) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/part", 0755), 0);
    put("/m/part/file");
    ASSERT_EQ(bind("/m/part", "/n"), 0);
    const auto held = open("/m/part/file");
    EXPECT_EQ(unmount("/m"), -EBUSY) << "opened through this one";
    EXPECT_EQ(call(a, SYS_close, held), 0);
    EXPECT_EQ(unmount("/m"), 0);
    EXPECT_EQ(serving.size(), 2u) << "its process";
    const auto fd = open("/n/file");
    ASSERT_GE(fd, 0);
    EXPECT_EQ(unmount("/n"), -EBUSY);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(unmount("/n"), 0) << "whose root is not that of the file system";
    expect_as_at_start();
}

TEST_F(VfsBinds, last_part_of_a_file_system_stays_if_it_cannot_be_written_out) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/part", 0755), 0);
    ASSERT_EQ(bind("/m/part", "/n"), 0);
    EXPECT_EQ(unmount("/m"), 0);
    put("/n/file");
    system.answer<fs::Sync>([](Endpoint, const fs::Sync &) -> Result<Nothing> { return Error::io; });
    EXPECT_EQ(unmount("/n"), -EIO);
    EXPECT_EQ(look("/n/file"), 0);
    system.answer<fs::Sync>([](Endpoint, const fs::Sync &) -> Result<Nothing> { return Nothing{}; });
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, flags_hold_for_one_mount_alone) {
    EXPECT_EQ(call(a, SYS_mknod, "/m/null", S_IFCHR | 0666, 1 << 8 | 3), 0);
    const auto program = call(a, SYS_open, "/m/program", O_CREAT | O_WRONLY, 0755);
    ASSERT_EQ(bind("/m", "/n", ro), 0) << "flags say nothing of a bind";
    EXPECT_EQ(call(a, SYS_mkdir, "/n/made", 0755), 0);
    ASSERT_EQ(remount("/n", binding | ro | nodev | noexec), 0) << "the writer came through another mount";
    EXPECT_EQ(call(a, SYS_write, program, "x", 1), 1);
    EXPECT_EQ(call(a, SYS_close, program), 0);
    EXPECT_EQ(open("/n/program", O_WRONLY), -EROFS);
    EXPECT_EQ(open("/n/new", O_CREAT | O_WRONLY), -EROFS);
    EXPECT_EQ(call(a, SYS_mkdir, "/n/no", 0755), -EROFS);
    EXPECT_EQ(call(a, SYS_rmdir, "/n/made"), -EROFS);
    EXPECT_EQ(call(a, SYS_chmod, "/n/program", 0700), -EROFS);
    EXPECT_EQ(call(a, SYS_truncate, "/n/program", 0), -EROFS);
    EXPECT_EQ(call(a, SYS_access, "/n/program", W_OK), -EROFS);
    EXPECT_EQ(call(a, SYS_utimensat, AT_FDCWD, "/n/program", 0, 0), -EROFS);
    EXPECT_EQ(call(a, SYS_access, "/n/program", X_OK), -EACCES);
    EXPECT_EQ(call(a, SYS_execve, "/n/program", 0, 0), -EACCES);
    EXPECT_EQ(open("/n/null"), -EACCES);
    const auto fd = open("/n/program");
    EXPECT_EQ(call(a, SYS_fchmod, fd, 0700), -EROFS) << "an open file remembers its mount";
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/n"), 0);
    EXPECT_EQ(call(b, SYS_mkdir, "no", 0755), -EROFS) << "and so does the current directory";
    EXPECT_EQ(call(b, SYS_chdir, "/"), 0);
    EXPECT_EQ(call(a, SYS_rmdir, "/m/made"), 0) << "nothing of it holds elsewhere";
    std::uint64_t statfs[15] = {};
    EXPECT_EQ(call(a, SYS_statfs, "/n", &statfs[0]), 0);
    EXPECT_EQ(statfs[10], ro | nodev | noexec | 0x1020u);
    EXPECT_EQ(call(a, SYS_statfs, "/m", &statfs[0]), 0);
    EXPECT_EQ(statfs[10], 0x1020u);
    EXPECT_EQ(call(a, SYS_mkdir, "/tmp/in", 0755), 0);
    ASSERT_EQ(bind("/n", "/tmp/in"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/tmp/in/no", 0755), -EROFS) << "a bind of it begins like it";
    EXPECT_EQ(unmount("/tmp/in"), 0);
    EXPECT_EQ(remount("/m", binding | ro), -EINVAL) << "nothing is mounted there";
    EXPECT_EQ(unmount("/n"), 0);
    EXPECT_EQ(call(a, SYS_rmdir, "/tmp/in"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, who_writes_through_a_mount_keeps_it_writable) {
    ASSERT_EQ(bind("/m", "/n"), 0);
    const auto fd = open("/n/file", O_CREAT | O_WRONLY);
    EXPECT_EQ(remount("/n", binding | ro), -EBUSY);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(remount("/n", binding | ro), 0);
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, file_system_that_is_read_only_is_so_everywhere) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    ASSERT_EQ(bind("/m", "/n"), 0);
    ASSERT_EQ(remount("/m", ro), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/n/no", 0755), -EROFS);
    ASSERT_EQ(remount("/m", 0), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/n/yes", 0755), 0);
    EXPECT_EQ(unmount("/m"), 0);
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, names_do_not_cross_mounts_of_the_same_file_system) {
    put("/m/file");
    ASSERT_EQ(bind("/m", "/n"), 0);
    EXPECT_EQ(call(a, SYS_rename, "/m/file", "/n/other"), -EXDEV);
    EXPECT_EQ(call(a, SYS_link, "/m/file", "/n/other"), -EXDEV);
    EXPECT_EQ(call(a, SYS_rename, "/n/file", "/n/other"), 0);
    EXPECT_EQ(look("/m/other"), 0);
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, what_cannot_be_bound_says_why) {
    EXPECT_EQ(bind("/nowhere", "/n"), -ENOENT);
    EXPECT_EQ(bind("/m", "/nowhere"), -ENOENT);
    EXPECT_EQ(call(a, SYS_mount, 0, "/n", 0, binding, 0), -EINVAL);
    ASSERT_EQ(bind("/m", "/n"), 0);
    EXPECT_EQ(bind("/m", "/n"), -EBUSY) << "one mount at a place";
    EXPECT_EQ(call(a, SYS_mount, 0, "/n", 0, is_private, 0), 0);
    EXPECT_EQ(call(a, SYS_mount, 0, "/n", 0, is_private | recursive, 0), 0);
    EXPECT_EQ(call(a, SYS_mount, 0, "/m", 0, is_private, 0), -EINVAL) << "nothing is mounted there";
    for (const std::uint64_t type : {shared, slave, unbindable, shared | is_private})
        EXPECT_EQ(call(a, SYS_mount, 0, "/n", 0, type, 0), -EINVAL) << type;
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, dead_file_system_is_gone_from_everywhere) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/part", 0755), 0);
    ASSERT_EQ(bind("/m/part", "/n"), 0);
    ASSERT_EQ(bind("/dev", "/m/part"), 0) << "and what is mounted inside goes too";
    EXPECT_EQ(call(b, SYS_chdir, "/n"), 0);
    kill_file_system(server_of("/n"));
    EXPECT_EQ(look("/m/below"), 0);
    EXPECT_EQ(unmount("/n"), -EINVAL);
    EXPECT_EQ(call(b, SYS_open, "file", O_RDONLY, 0), -EIO);
    EXPECT_EQ(call(b, SYS_chdir, ".."), -EIO);
    EXPECT_EQ(bind("/m", "/n"), 0) << "the places are free";
    EXPECT_EQ(unmount("/n"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/"), 0);
    expect_as_at_start();
}

/// Whoever is in it sees what is bound and nothing above, as before.
TEST_F(VfsBinds, bind_inside_a_dead_file_system_ends_at_its_root) {
    ASSERT_EQ(mount("tmpfs", "/m"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/m/part", 0755), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/n/in", 0755), 0);
    ASSERT_EQ(bind("/n", "/m/part"), 0);
    EXPECT_EQ(call(b, SYS_chdir, "/m/part/in"), 0);
    kill_file_system(server_of("/m"));
    EXPECT_EQ(call(b, SYS_access, "../in", F_OK), 0);
    EXPECT_EQ(call(b, SYS_access, "../../in", F_OK), 0) << "there is nothing above";
    EXPECT_EQ(directory_of(b), "(unreachable)/in");
    EXPECT_EQ(call(b, SYS_chdir, "/"), 0);
    EXPECT_EQ(call(a, SYS_rmdir, "/n/in"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, mounts_are_not_without_end) {
    std::vector<std::string> bound;
    std::int64_t last = 0;
    for (unsigned i = 0; i < 100 && last == 0; ++i) {
        const std::string path = "/m/" + std::to_string(i);
        ASSERT_EQ(call(a, SYS_mkdir, path.c_str(), 0755), 0);
        last = bind("/dev", path.c_str());
        if (last == 0) bound.push_back(path);
    }
    EXPECT_EQ(last, -ENFILE);
    EXPECT_EQ(bound.size(), vfs::MountTable::capacity - mounts_at_start);
    ASSERT_EQ(unmount(bound.back().c_str()), 0);
    bound.pop_back();
    EXPECT_EQ(bind("/m", "/n", recursive), -ENFILE) << "the first would have had room";
    EXPECT_EQ(bind("/m", "/n"), 0);
    EXPECT_EQ(unmount("/n"), 0);
    for (const std::string &path : bound) EXPECT_EQ(unmount(path.c_str()), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, bind_whose_memory_runs_out_anywhere_leaves_nothing) {
    ASSERT_EQ(mount("tmpfs", "/m/below"), 0);
    ASSERT_EQ(bind("/dev", "/bin"), 0);
    const std::size_t before = mounts();
    bool whole = false;
    unsigned failed = 0;
    for (unsigned n = 0; n < 300 && !whole; ++n) {
        HeapFaults::fail_after(n);
        const auto bound = bind("/m", "/n", recursive);
        HeapFaults::stop();
        whole = bound == 0 && failed > 3;
        if (bound == 0) {
            EXPECT_EQ(unmount("/n/below"), 0);
            EXPECT_EQ(unmount("/n"), 0);
        } else {
            ++failed;
            EXPECT_EQ(bound, -ENOMEM) << n;
        }
        EXPECT_EQ(mounts(), before);
    }
    EXPECT_TRUE(whole);
    EXPECT_EQ(unmount("/m/below"), 0);
    EXPECT_EQ(unmount("/bin"), 0);
    expect_as_at_start();
}

/// Another unmounts, or dies, between any two steps of a recursive bind.
TEST_F(VfsBinds, what_dies_or_goes_while_it_is_bound_is_bound_or_not_and_nothing_else) {
    for (unsigned step = 0; step < 12; ++step) {
        for (const bool dies : {false, true}) {
            SCOPED_TRACE(step * 2 + (dies ? 1 : 0));
            ASSERT_EQ(mount("tmpfs", "/m/below"), 0);
            EXPECT_EQ(call(a, SYS_mkdir, "/m/below/deep", 0755), 0);
            ASSERT_EQ(bind("/dev", "/m/below/deep"), 0);
            const Endpoint inner = server_of("/m/below");
            const std::uint64_t place = place_text("/m/below/deep");
            unsigned steps = 0;
            on_file_request = [&](std::uint16_t) {
                if (steps++ != step) return;
                if (dies)
                    kill_file_system(inner);
                else
                    arrive(b, SYS_umount2, {place, 0});
            };
            server->state().vnodes.names().forget(*server->state().mounts.root()->root);
            EXPECT_EQ(bind("/m", "/n", recursive), 0);
            on_file_request = nullptr;
            for (const char *at : {"/n/below/deep", "/n/below", "/n", "/m/below/deep", "/m/below"})
                static_cast<void>(unmount(at));
            expect_as_at_start();
            if (HasFailure()) return;
        }
    }
}

TEST_F(VfsBinds, times_of_access_are_noted_as_the_mount_says) {
    put("/m/file");
    ASSERT_EQ(bind("/m", "/n"), 0);
    ASSERT_EQ(remount("/n", binding | noatime), 0);
    set_old("/m/file"), set_old("/m/below");
    const auto list = [&](const char *path) {
        char records[512];
        const auto fd = open(path);
        EXPECT_GT(call(a, SYS_getdents64, fd, records, sizeof records), 0);
        EXPECT_EQ(call(a, SYS_close, fd), 0);
    };
    read("/n/file"), list("/n/below");
    EXPECT_EQ(accessed("/m/file"), 1000u);
    EXPECT_EQ(accessed("/m/below"), 1000u);
    ASSERT_EQ(remount("/n", binding | nodiratime), 0);
    list("/n/below");
    EXPECT_EQ(accessed("/m/below"), 1000u);
    read("/n/file");
    EXPECT_NE(accessed("/m/file"), 1000u) << "no directory";
    ASSERT_EQ(remount("/n", binding | ro), 0) << "times are as they were";
    std::uint64_t statfs[15] = {};
    EXPECT_EQ(call(a, SYS_statfs, "/n", &statfs[0]), 0);
    EXPECT_EQ(statfs[10], ro | nodiratime | 0x1020u);
    list("/m/below");
    EXPECT_NE(accessed("/m/below"), 1000u);
    const auto fd = open("/m/file", O_RDONLY | O_NOATIME);
    set_old("/m/file");
    char byte = 0;
    EXPECT_GE(call(a, SYS_read, fd, &byte, 1), 0);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(accessed("/m/file"), 1000u) << "O_NOATIME";
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

TEST_F(VfsBinds, strict_times_tell_the_file_system_of_every_reading) {
    ASSERT_EQ(call(a, SYS_mount, "none", "/m", "tmpfs", strictatime, 0), 0);
    const auto fd = open("/m/file", O_CREAT | O_RDWR);
    EXPECT_EQ(call(a, SYS_write, fd, "text", 4), 4);
    unsigned reads = 0;
    on_file_request = [&](std::uint16_t number) { reads += number == fs::Read::number ? 1 : 0; };
    char text[4];
    for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(call(a, SYS_pread64, fd, text, 4, 0), 4);
    EXPECT_EQ(reads, 5u);
    reads = 0;
    EXPECT_EQ(remount("/m", 1 << 21), 0) << "relatime";
    for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(call(a, SYS_pread64, fd, text, 4, 0), 4);
    EXPECT_LT(reads, 5u) << "else this shows nothing";
    on_file_request = nullptr;
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(unmount("/m"), 0);
    expect_as_at_start();
}

/// What VFS keeps of content was read by somebody; whether that was noted depends on where.
TEST_F(VfsBinds, content_that_is_kept_hides_no_reading) {
    const auto fd = open("/m/file", O_CREAT | O_RDWR);
    EXPECT_EQ(call(a, SYS_write, fd, "text", 4), 4);
    ASSERT_EQ(bind("/m", "/n"), 0);
    ASSERT_EQ(remount("/n", binding | noatime), 0);
    char text[4];
    const auto quiet = open("/n/file");
    const auto read_often = [&](std::int64_t from) {
        for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(call(a, SYS_pread64, from, text, 4, 0), 4);
    };
    read_often(fd);
    set_old("/m/file");
    read_often(quiet);
    EXPECT_EQ(accessed("/m/file"), 1000u);
    read_often(fd);
    EXPECT_NE(accessed("/m/file"), 1000u);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(call(a, SYS_close, quiet), 0);
    EXPECT_EQ(unmount("/n"), 0);
    expect_as_at_start();
}

/// Mounts, binds, unmounts, deaths of file systems and of callers in any order, every answer late; in every third round
/// memory runs out.
TEST_F(VfsBinds, in_any_order_nothing_is_left) {
    EXPECT_EQ(call(a, SYS_mkdir, "/m/below/deep", 0755), 0);
    const std::uint64_t none = place_text("none"), type = place_text("tmpfs");
    const std::array<std::uint64_t, 4> places = {place_text("/m"), place_text("/n"), place_text("/m/below"),
                                                 place_text("/bin")};
    const std::array<std::uint64_t, 5> sources = {place_text("/"), place_text("/m"), place_text("/m/below"),
                                                  place_text("/tmp"), place_text("/n")};
    std::array<std::size_t, 3> done{};
    std::size_t killed = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Traffic &traffic = system.answer_late(seed);
        std::vector<std::tuple<Endpoint, std::uint64_t, unsigned>> calls;
        const Endpoint victim = Endpoint::make(60, static_cast<std::uint32_t>(seed + 1));
        add_process(victim, 60);
        if (seed % 3 == 0) HeapFaults::fail_one_in(60, seed);
        bool victim_lives = true;
        unsigned left = 14;
        const auto begin = [&](unsigned kind, unsigned number, std::array<std::uint64_t, 6> arguments) {
            const Endpoint who = victim_lives && traffic.pick(4) == 0 ? victim : traffic.pick(2) == 0 ? a : b;
            calls.emplace_back(who, server->start_user_call(who, number, arguments), kind);
        };
        for (;;) {
            const std::uint64_t place = places[traffic.pick(places.size())];
            if (left != 0 && traffic.pick(4) == 0) {
                --left;
                switch (traffic.pick(6)) {
                    case 0: begin(0, SYS_mount, {none, place, type}); break;
                    case 1:
                    case 2: begin(1, SYS_mount, {sources[traffic.pick(sources.size())], place, 0, binding}); break;
                    case 3:
                        begin(1, SYS_mount, {sources[traffic.pick(sources.size())], place, 0, binding | recursive});
                        break;
                    default: begin(2, SYS_umount2, {place, 0}); break;
                }
            }
            if (traffic.pick(40) == 0 && victim_lives) {
                victim_lives = false;
                static_cast<void>(server->ask(endpoint::pm, vfs::Exit{victim}));
            }
            if (traffic.pick(50) == 0 && serving.size() > 1) {
                auto chosen = serving.begin();
                std::advance(chosen, 1 + static_cast<long>(traffic.pick(serving.size() - 1)));
                const Endpoint process{chosen->first};
                traffic.kill(process);
                kill_file_system(process);
                ++killed;
            }
            if (!server->step() && left == 0) break;
        }
        HeapFaults::stop();
        system.traffic.reset();
        for (const auto &[who, tag, kind] : calls) {
            const auto result = server->user_result(who, tag);
            if (!result) {
                EXPECT_TRUE(who == victim && !victim_lives) << "a call without an answer";
            } else if (*result == 0) {
                ++done[kind];
            }
        }
        if (victim_lives) { EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{victim})); }
        // Whatever is where, in any depth, and /tmp with it.
        EXPECT_TRUE(server->ask(endpoint::pm, vfs::Shutdown{}));
        EXPECT_EQ(call(init, SYS_mount, "none", "/tmp", "tmpfs", 0, "mode=1777"), 0);
        expect_as_at_start();
        if (HasFailure()) return;
    }
    EXPECT_GT(done[0], 100u);
    EXPECT_GT(done[1], 200u);
    EXPECT_GT(done[2], 100u);
    EXPECT_GT(killed, 50u);
}

}  // namespace
}  // namespace axo::fake
