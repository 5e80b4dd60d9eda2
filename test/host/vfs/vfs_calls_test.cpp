// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Linux calls on a whole VFS over real file trees: files, directories, names, descriptors, pipes, poll.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint a = Endpoint::make(40, 1), b = Endpoint::make(41, 1);

struct VfsCalls : testing::Test, VfsMachine {
    VfsCalls() {
        add_process(a, 2);
        add_process(b, 3);
    }
    std::int64_t open(const char *path, int flags, int mode = 0644, Endpoint who = a) {
        return call(who, SYS_open, path, flags, mode);
    }
    static const void *data(std::string_view text) { return text.data(); }
    std::int64_t write(std::int64_t fd, std::string_view text) {
        return call(a, SYS_write, fd, data(text), text.size());
    }
    std::string read(std::int64_t fd, std::size_t bytes = 100) {
        std::string text(bytes, '?');
        const auto got = call(a, SYS_read, fd, text.data(), bytes);
        EXPECT_GE(got, 0);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }
    void put(const char *path, std::string_view text, int mode = 0644) {
        const auto fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
        ASSERT_GE(fd, 0);
        EXPECT_EQ(write(fd, text), static_cast<std::int64_t>(text.size()));
        EXPECT_EQ(call(a, SYS_close, fd), 0);
    }
    void become(Endpoint who, std::uint32_t uid) {
        EXPECT_TRUE(*server->ask(endpoint::pm, vfs::SetIds{who, uid, uid, uid, uid, uid, uid}));
    }
};

TEST_F(VfsCalls, file_is_written_and_read_back) {
    const auto fd = open("/f", O_CREAT | O_RDWR);
    ASSERT_EQ(fd, 0);
    EXPECT_EQ(write(fd, "hello"), 5);
    EXPECT_EQ(read(fd), "");
    EXPECT_EQ(call(a, SYS_lseek, fd, 1, SEEK_SET), 1);
    EXPECT_EQ(read(fd, 3), "ell");
    EXPECT_EQ(call(a, SYS_lseek, fd, 0, SEEK_CUR), 4);
    char buffer[4] = {};
    EXPECT_EQ(call(a, SYS_pread64, fd, buffer, 2, 0), 2);
    EXPECT_EQ(std::string(buffer), "he");
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(call(a, SYS_close, fd), -EBADF);
    EXPECT_EQ(call(a, SYS_read, fd, buffer, 1), -EBADF);
}

TEST_F(VfsCalls, append_and_truncate) {
    put("/f", "abc");
    const auto fd = open("/f", O_WRONLY | O_APPEND);
    EXPECT_EQ(write(fd, "def"), 3);
    EXPECT_EQ(call(a, SYS_ftruncate, fd, 4), 0);
    EXPECT_EQ(read(open("/f", O_RDONLY)), "abcd");
    EXPECT_EQ(call(a, SYS_truncate, "/f", 1), 0);
    EXPECT_EQ(read(open("/f", O_RDONLY)), "a");
}

TEST_F(VfsCalls, open_errors) {
    EXPECT_EQ(open("/none", O_RDONLY), -ENOENT);
    EXPECT_EQ(open("", O_RDONLY), -ENOENT);
    put("/f", "");
    EXPECT_EQ(open("/f", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
    EXPECT_EQ(open("/f/x", O_RDONLY), -ENOTDIR);
    EXPECT_EQ(open("/f/", O_RDONLY), -ENOTDIR);
    EXPECT_EQ(open("/f", O_DIRECTORY), -ENOTDIR);
    EXPECT_EQ(open("/bin", O_WRONLY), -EISDIR);
    EXPECT_EQ(open("/bin", O_CREAT | O_RDWR), -EISDIR);
    EXPECT_EQ(open("/new/", O_CREAT | O_RDWR), -EISDIR);
    EXPECT_EQ(open(std::string(5000, 'x').c_str(), O_RDONLY), -ENAMETOOLONG);
    EXPECT_EQ(open(("/" + std::string(300, 'x')).c_str(), O_RDONLY), -ENAMETOOLONG);
    EXPECT_EQ(open("/bin", O_RDONLY), 0);
    char byte = 0;
    EXPECT_EQ(call(a, SYS_read, 0, &byte, 1), -EISDIR);
}

TEST_F(VfsCalls, symbolic_links_are_followed) {
    put("/bin/busybox", "box");
    EXPECT_EQ(call(a, SYS_symlink, "busybox", "/bin/sh"), 0);
    EXPECT_EQ(call(a, SYS_symlink, "/bin", "/b"), 0);
    EXPECT_EQ(call(a, SYS_symlink, "loop", "/loop"), 0);
    EXPECT_EQ(read(open("/bin/sh", O_RDONLY)), "box");
    EXPECT_EQ(read(open("/b/sh", O_RDONLY)), "box");
    EXPECT_EQ(read(open("/bin/../b/./sh", O_RDONLY)), "box");
    EXPECT_EQ(open("/loop", O_RDONLY), -ELOOP);
    EXPECT_EQ(open("/b/sh", O_RDONLY | O_NOFOLLOW), -ELOOP);
    char target[16] = {};
    EXPECT_EQ(call(a, SYS_readlink, "/b/sh", target, sizeof target), 7);
    EXPECT_EQ(std::string(target), "busybox");
    EXPECT_EQ(call(a, SYS_readlink, "/bin", target, sizeof target), -EINVAL);
    struct stat status {};
    EXPECT_EQ(call(a, SYS_lstat, "/b", &status), 0);
    EXPECT_TRUE(S_ISLNK(status.st_mode));
    EXPECT_EQ(call(a, SYS_lstat, "/b/", &status), 0);
    EXPECT_TRUE(S_ISDIR(status.st_mode));
}

/// As procfs' links do, which it says are empty. Vnodes of files that nobody uses stay for a while.
TEST_F(VfsCalls, link_that_leads_elsewhere_for_every_reader_takes_no_memory_for_its_text) {
    const auto lookup = system.peer_hooks[fs::Lookup::number];
    system.peer_hooks[fs::Lookup::number] = [=](Endpoint peer, const Message &request) {
        auto info = decode_reply<fs::NodeInfo>(lookup(peer, request));
        if (!info) return encode_error(fs::Lookup::number, request.tag, to_wire(info.error()));
        if (S_ISLNK(info->mode)) info->size = 0;
        return encode_reply(fs::Lookup::number, request.tag, *info);
    };
    const std::size_t used = arena_heap().used_bytes();
    constexpr unsigned links = 20;
    char target[16] = {};
    for (unsigned i = 0; i < links; ++i) {
        const std::string name = "/tmp/" + std::to_string(i);
        EXPECT_EQ(call(a, SYS_symlink, "/bin", name.c_str()), 0);
        EXPECT_EQ(call(a, SYS_readlink, name.c_str(), target, sizeof target), 4);
        EXPECT_STREQ(target, "/bin");
        EXPECT_EQ(call(a, SYS_access, name.c_str(), F_OK), 0);
    }
    EXPECT_GT(arena_heap().used_bytes(), used) << "the vnodes are there";
    EXPECT_LT(arena_heap().used_bytes() - used, links * 2048);
}

TEST_F(VfsCalls, creating_through_a_dangling_link_makes_its_target) {
    EXPECT_EQ(call(a, SYS_symlink, "/bin/real", "/link"), 0);
    EXPECT_EQ(open("/link", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
    put("/link", "made");
    EXPECT_EQ(read(open("/bin/real", O_RDONLY)), "made");
}

TEST_F(VfsCalls, mount_points_are_crossed_both_ways) {
    put("/tmp/t", "in tmpfs");
    EXPECT_EQ(read(open("/tmp/../tmp/t", O_RDONLY)), "in tmpfs");
    struct stat inside {
    }, outside{};
    EXPECT_EQ(call(a, SYS_stat, "/tmp/..", &outside), 0);
    EXPECT_EQ(call(a, SYS_stat, "/tmp", &inside), 0);
    EXPECT_NE(inside.st_dev, outside.st_dev);
    EXPECT_EQ(call(a, SYS_link, "/tmp/t", "/t"), -EXDEV);
    EXPECT_EQ(call(a, SYS_rename, "/tmp/t", "/t"), -EXDEV);
    EXPECT_EQ(call(a, SYS_rmdir, "/tmp"), -EBUSY);
    EXPECT_EQ(call(a, SYS_chdir, "/tmp"), 0);
    EXPECT_EQ(call(a, SYS_umount2, "/tmp", 0), -EBUSY);
    EXPECT_EQ(call(a, SYS_chdir, "/"), 0);
    EXPECT_EQ(call(a, SYS_close, 0), 0);
    EXPECT_EQ(call(a, SYS_umount2, "/tmp", 0), 0);
    EXPECT_EQ(open("/tmp/t", O_RDONLY), -ENOENT);
    EXPECT_EQ(call(a, SYS_mount, "none", "/tmp", "tmpfs", 0, 0), 0);
    EXPECT_EQ(call(a, SYS_mount, "none", "/bin", "ntfs", 0, 0), -ENODEV);
}

TEST_F(VfsCalls, getcwd_names_where_the_process_is) {
    char path[200] = {};
    EXPECT_EQ(call(a, SYS_getcwd, path, sizeof path), 2);
    EXPECT_EQ(std::string(path), "/");
    EXPECT_EQ(call(a, SYS_mkdir, "/tmp/deep", 0755), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/tmp/deep/er", 0755), 0);
    EXPECT_EQ(call(a, SYS_chdir, "/tmp/deep/er"), 0);
    EXPECT_EQ(call(a, SYS_getcwd, path, sizeof path), 13);
    EXPECT_EQ(std::string(path), "/tmp/deep/er");
    EXPECT_EQ(call(a, SYS_rename, "/tmp/deep", "/tmp/shallow"), 0);
    EXPECT_EQ(call(a, SYS_getcwd, path, sizeof path), 16);
    EXPECT_EQ(std::string(path), "/tmp/shallow/er");
    EXPECT_EQ(call(a, SYS_getcwd, path, 5), -ERANGE);
    EXPECT_EQ(call(a, SYS_rmdir, "/tmp/shallow/er"), 0);
    EXPECT_EQ(call(a, SYS_getcwd, path, sizeof path), -ENOENT);
}

/// While the file system looks for "..", somebody else renames what is looked for.
TEST_F(VfsCalls, getcwd_looks_again_when_a_directory_moves_meanwhile) {
    for (const char *path : {"/tmp/deep", "/tmp/deep/er"}) EXPECT_EQ(call(a, SYS_mkdir, path, 0755), 0);
    EXPECT_EQ(call(a, SYS_chdir, "/tmp/deep/er"), 0);
    const std::array<std::uint64_t, 2> names{place_text("/tmp/deep/er"), place_text("/tmp/moved")};
    on_file_request = [&](std::uint16_t number) {
        if (number == fs::Lookup::number && server->state().renames_begun == 0)
            arrive(b, SYS_rename, {names[0], names[1]});
    };
    char path[200] = {};
    EXPECT_EQ(call(a, SYS_getcwd, path, sizeof path), 11);
    EXPECT_EQ(std::string(path), "/tmp/moved");
    EXPECT_EQ(server->state().renames_begun, 1u);
    EXPECT_EQ(server->state().renames_answered, 1u);
}

TEST_F(VfsCalls, getcwd_outside_of_the_root_says_so) {
    for (const char *path : {"/bin/jail", "/bin/jail/in"}) EXPECT_EQ(call(a, SYS_mkdir, path, 0755), 0);
    char path[200] = {};
    EXPECT_EQ(call(a, SYS_chroot, "/bin/jail"), 0);
    EXPECT_EQ(call(a, SYS_getcwd, path, sizeof path), 15);
    EXPECT_EQ(std::string(path), "(unreachable)/");
    EXPECT_EQ(call(a, SYS_chdir, "in"), -ENOENT);
    EXPECT_EQ(call(a, SYS_chdir, "bin/jail/in"), 0);
    EXPECT_EQ(call(a, SYS_getcwd, path, sizeof path), 4);
    EXPECT_EQ(std::string(path), "/in");
}

/// Killed while its call is at a file system: what comes back later finds no process, and that is all.
TEST_F(VfsCalls, process_killed_in_a_call_does_no_harm) {
    EXPECT_EQ(call(a, SYS_mkdir, "/bin/d", 0755), 0);
    put("/bin/script", "#!/bin/../bin/none\n", 0755);
    EXPECT_EQ(call(a, SYS_symlink, "/bin/d", "/bin/link"), 0);
    const std::uint64_t link = place_text("/bin/link/../x"), up = place_text("/bin/d/.."), fresh = place_text("/bin/n"),
                        script = place_text("/bin/script"), relative = place_text("f"), none = place_text("");
    const std::pair<unsigned, std::array<std::uint64_t, 6>> calls[] = {
        {SYS_open, {link, O_RDWR | O_CREAT, 0644}},
        {SYS_open, {fresh, O_RDWR | O_CREAT, 0644}},
        {SYS_mkdir, {fresh, 0755}},
        {SYS_mknod, {fresh, S_IFIFO | 0600}},
        {SYS_chdir, {up}},
        {SYS_chroot, {up}},
        {SYS_stat, {up, link}},
        {SYS_rename, {link, fresh}},
        {SYS_renameat, {0, link, 0, relative}},
        {SYS_linkat, {0, link, 0, relative, 0}},
        {SYS_symlink, {none, fresh}},
        {SYS_unlink, {link}},
        {SYS_execve, {script, 0, 0}},
        {SYS_truncate, {up, 0}},
        {SYS_statfs, {up, link}},
        {SYS_readlink, {link, none, 5}},
        {SYS_umount2, {up, 0}},
    };
    std::uint32_t generation = 1;
    const auto count = server->state().processes.count();
    for (const auto &[number, arguments] : calls) {
        for (unsigned after = 0; after < 5; ++after) {
            const Endpoint victim = Endpoint::make(60, ++generation);
            add_process(victim, 60);
            EXPECT_EQ(open("/bin/d", O_RDONLY, 0, victim), 0);
            on_file_request = [&, requests = 0u](std::uint16_t) mutable {
                if (requests++ == after) arrive(vfs::Exit{victim});
            };
            server->start_user_call(victim, number, arguments);
            on_file_request = {};
            EXPECT_TRUE(server->ask(endpoint::pm, vfs::Exit{victim}));
            EXPECT_EQ(server->state().running, 0u) << "call " << number;
            EXPECT_EQ(server->state().processes.count(), count) << "call " << number;
        }
    }
    EXPECT_EQ(server->state().files.count(), 0u);
}

TEST_F(VfsCalls, changed_root_is_not_left) {
    EXPECT_EQ(call(a, SYS_mkdir, "/bin/jail", 0755), 0);
    put("/bin/jail/in", "in");
    put("/bin/out", "out");
    EXPECT_EQ(call(a, SYS_chroot, "/bin/jail"), 0);
    EXPECT_EQ(call(a, SYS_chdir, "/"), 0);
    EXPECT_EQ(read(open("/../../in", O_RDONLY)), "in");
    EXPECT_EQ(open("/../out", O_RDONLY), -ENOENT);
    EXPECT_EQ(open("../out", O_RDONLY), -ENOENT);
    EXPECT_EQ(call(a, SYS_mkdir, "/d", 0755), 0);
    EXPECT_EQ(open("/d/../../out", O_RDONLY), -ENOENT);
    EXPECT_EQ(read(open("/d/../in", O_RDONLY)), "in");
}

TEST_F(VfsCalls, directories_are_listed) {
    const auto fd = open("/", O_RDONLY | O_DIRECTORY);
    char buffer[1024];
    std::string names;
    for (;;) {
        const auto got = call(a, SYS_getdents64, fd, buffer, sizeof buffer);
        ASSERT_GE(got, 0);
        if (got == 0) break;
        for (std::int64_t at = 0; at < got;) {
            std::uint16_t bytes = 0;
            std::memcpy(&bytes, buffer + at + 16, 2);
            names += buffer + at + 19;
            names += ' ';
            at += bytes;
        }
    }
    for (const char *name : {". ", ".. ", "tmp ", "dev ", "bin "}) EXPECT_NE(names.find(name), names.npos) << names;
    put("/f", "");
    EXPECT_EQ(call(a, SYS_getdents64, open("/f", O_RDONLY), buffer, sizeof buffer), -ENOTDIR);
}

TEST_F(VfsCalls, names_are_linked_moved_and_removed) {
    put("/f", "x");
    EXPECT_EQ(call(a, SYS_link, "/f", "/g"), 0);
    struct stat status {};
    EXPECT_EQ(call(a, SYS_stat, "/g", &status), 0);
    EXPECT_EQ(status.st_nlink, 2u);
    EXPECT_EQ(call(a, SYS_link, "/f", "/g"), -EEXIST);
    EXPECT_EQ(call(a, SYS_unlink, "/f"), 0);
    EXPECT_EQ(call(a, SYS_unlink, "/f"), -ENOENT);
    EXPECT_EQ(call(a, SYS_rename, "/g", "/h"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/d", 0777), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/d", 0777), -EEXIST);
    EXPECT_EQ(call(a, SYS_unlink, "/d"), -EISDIR);
    EXPECT_EQ(call(a, SYS_rmdir, "/h"), -ENOTDIR);
    EXPECT_EQ(call(a, SYS_rename, "/h", "/d/i"), 0);
    EXPECT_EQ(call(a, SYS_rmdir, "/d"), -ENOTEMPTY);
    EXPECT_EQ(call(a, SYS_rename, "/d", "/d/e"), -EINVAL);
    EXPECT_EQ(call(a, SYS_unlink, "/d/i"), 0);
    EXPECT_EQ(call(a, SYS_rmdir, "/d/."), -EINVAL);
    EXPECT_EQ(call(a, SYS_rmdir, "/d/"), 0);
}

TEST_F(VfsCalls, unlinked_file_lives_until_it_is_closed) {
    const auto fd = open("/tmp/f", O_CREAT | O_RDWR);
    EXPECT_EQ(write(fd, "still"), 5);
    const auto nodes = tmp.tree.held_nodes();
    EXPECT_EQ(call(a, SYS_unlink, "/tmp/f"), 0);
    EXPECT_EQ(call(a, SYS_lseek, fd, 0, SEEK_SET), 0);
    EXPECT_EQ(read(fd), "still");
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(tmp.tree.held_nodes(), nodes - 1);
}

TEST_F(VfsCalls, permissions_hold_for_users) {
    put("/secret", "s", 0600);
    put("/public", "p", 0644);
    EXPECT_EQ(call(a, SYS_mkdir, "/closed", 0700), 0);
    put("/closed/f", "");
    become(b, 1000);
    EXPECT_EQ(open("/secret", O_RDONLY, 0, b), -EACCES);
    EXPECT_EQ(open("/public", O_RDWR, 0, b), -EACCES);
    EXPECT_EQ(open("/public", O_RDONLY, 0, b), 0);
    EXPECT_EQ(open("/closed/f", O_RDONLY, 0, b), -EACCES);
    EXPECT_EQ(open("/new", O_CREAT | O_RDWR, 0644, b), -EACCES);
    EXPECT_EQ(call(b, SYS_chmod, "/public", 0777), -EPERM);
    EXPECT_EQ(call(b, SYS_chown, "/public", 1000, 1000), -EPERM);
    EXPECT_EQ(call(b, SYS_unlink, "/public"), -EACCES);
    EXPECT_EQ(call(b, SYS_access, "/public", 4), 0);
    EXPECT_EQ(call(b, SYS_access, "/public", 2), -EACCES);
    EXPECT_EQ(call(b, SYS_chroot, "/bin"), -EPERM);
    EXPECT_EQ(call(b, SYS_mount, "none", "/bin", "tmpfs", 0, 0), -EPERM);
    EXPECT_EQ(call(b, SYS_mknod, "/tmp/null", 0020666, 0x103), -EPERM);
}

TEST_F(VfsCalls, sticky_directory_protects_files_of_others) {
    put("/tmp/mine", "");
    become(b, 1000);
    EXPECT_EQ(call(b, SYS_unlink, "/tmp/mine"), -EPERM);
    EXPECT_EQ(open("/tmp/own", O_CREAT | O_RDWR, 0644, b), 0);
    EXPECT_EQ(call(b, SYS_unlink, "/tmp/own"), 0);
}

TEST_F(VfsCalls, writing_takes_set_id_bits_away) {
    put("/tmp/s", "x", 0644);
    EXPECT_EQ(call(a, SYS_chmod, "/tmp/s", 06777), 0);
    become(b, 1000);
    const auto fd = open("/tmp/s", O_WRONLY, 0, b);
    EXPECT_EQ(call(b, SYS_write, fd, "y", 1), 1);
    struct stat status {};
    EXPECT_EQ(call(a, SYS_stat, "/tmp/s", &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0777u);
}

TEST_F(VfsCalls, umask_and_times) {
    EXPECT_EQ(call(a, SYS_umask, 077), 022);
    put("/f", "", 0666);
    struct stat status {};
    EXPECT_EQ(call(a, SYS_stat, "/f", &status), 0);
    EXPECT_EQ(status.st_mode, 0100600u);
    const timespec times[2] = {{100, 5}, {200, 6}};
    EXPECT_EQ(call(a, SYS_utimensat, AT_FDCWD, "/f", times, 0), 0);
    EXPECT_EQ(call(a, SYS_stat, "/f", &status), 0);
    EXPECT_EQ(status.st_atim.tv_sec, 100);
    EXPECT_EQ(status.st_mtim.tv_nsec, 6);
}

TEST_F(VfsCalls, descriptors_are_duplicated_and_shared) {
    const auto fd = open("/f", O_CREAT | O_RDWR);
    EXPECT_EQ(call(a, SYS_dup, fd), 1);
    EXPECT_EQ(call(a, SYS_dup2, fd, 10), 10);
    EXPECT_EQ(call(a, SYS_dup2, fd, fd), fd);
    EXPECT_EQ(call(a, SYS_dup2, 9, 9), -EBADF);
    EXPECT_EQ(call(a, SYS_dup2, fd, 5000), -EBADF);
    EXPECT_EQ(call(a, SYS_dup3, fd, fd, 0), -EINVAL);
    EXPECT_EQ(call(a, SYS_fcntl, fd, F_DUPFD_CLOEXEC, 5), 5);
    EXPECT_EQ(call(a, SYS_fcntl, 5, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(write(10, "abc"), 3);
    EXPECT_EQ(call(a, SYS_lseek, 1, 0, SEEK_CUR), 3);
    EXPECT_EQ(call(a, SYS_fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK), 0);
    EXPECT_EQ(call(a, SYS_fcntl, 1, F_GETFL) & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK);
    EXPECT_EQ(call(a, SYS_close_range, 0, 20, 0), 0);
    EXPECT_EQ(call(a, SYS_close, 10), -EBADF);
    EXPECT_EQ(server->state().files.count(), 0u);
}

TEST_F(VfsCalls, bad_pointers_give_efault_and_change_nothing) {
    system.map_process(a, {0x10000}, 4096);
    std::memcpy(system.process_memory(a, {0x10000}, 3), "/f", 3);
    const std::uint64_t bad = 0x7000'0000;
    EXPECT_EQ(call(a, SYS_open, bad, O_RDONLY), -EFAULT);
    EXPECT_EQ(call(a, SYS_stat, 0x10000, bad), -ENOENT);
    const auto fd = call(a, SYS_open, 0x10000, O_CREAT | O_RDWR, 0644);
    EXPECT_EQ(call(a, SYS_write, fd, bad, 10), -EFAULT);
    EXPECT_EQ(call(a, SYS_write, fd, 0x10000, 10), 10);
    EXPECT_EQ(call(a, SYS_pread64, fd, bad, 10, 0), -EFAULT);
    EXPECT_EQ(call(a, SYS_fstat, fd, bad), -EFAULT);
    EXPECT_EQ(call(a, SYS_readv, fd, bad, 1), -EFAULT);
    EXPECT_EQ(call(a, SYS_poll, bad, 1, 0), -EFAULT);
    EXPECT_EQ(call(a, SYS_getcwd, bad, 100), -EFAULT);
    const auto files = server->state().files.count();
    EXPECT_EQ(call(a, SYS_pipe, bad), -EFAULT);
    EXPECT_EQ(server->state().files.count(), files);
    EXPECT_EQ(server->state().pipes, 0u);
}

TEST_F(VfsCalls, memory_whose_content_is_missing_is_brought_in) {
    const auto fd = open("/f", O_CREAT | O_RDWR);
    static const char text[] = "from a mapped page";
    system.absent_ranges.push_back({reinterpret_cast<std::uint64_t>(text), sizeof text});
    EXPECT_EQ(call(a, SYS_write, fd, data(text), 4), 4);
    struct stat status {};
    system.absent_ranges.push_back({reinterpret_cast<std::uint64_t>(&status), sizeof status});
    EXPECT_EQ(call(a, SYS_fstat, fd, &status), 0);
    EXPECT_EQ(status.st_size, 4);
}

TEST_F(VfsCalls, vectors_are_gathered_and_scattered) {
    const auto fd = open("/f", O_CREAT | O_RDWR);
    const struct {
        const void *base;
        std::uint64_t bytes;
    } out[6] = {{"ab", 2}, {"", 0}, {"cd", 2}, {"e", 1}, {"f", 1}, {"g", 1}};
    EXPECT_EQ(call(a, SYS_writev, fd, out, 6), 7);
    char first[3] = {}, second[10] = {};
    const struct {
        void *base;
        std::uint64_t bytes;
    } in[2] = {{first, 2}, {second, 9}};
    EXPECT_EQ(call(a, SYS_preadv, fd, in, 2, 0), 7);
    EXPECT_EQ(std::string(first) + second, "abcdefg");
    EXPECT_EQ(call(a, SYS_writev, fd, out, 1025), -EINVAL);
}

// ---- pipes ----------------------------------------------------------------------------------------

struct VfsPipes : VfsCalls {
    int ends[2] = {};
    VfsPipes() {
        EXPECT_EQ(call(a, SYS_pipe, ends), 0);
        EXPECT_EQ(call(b, SYS_close_range, 0, 100, 0), 0);
    }
    std::int64_t result(Endpoint who, std::uint64_t tag) { return server->user_result(who, tag).value_or(-9999); }
    static constexpr Endpoint child = Endpoint::make(42, 1);
    void fork_child() { EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Fork{a, child, 4, 0, 0, 0})); }
};

TEST_F(VfsPipes, bytes_go_through) {
    EXPECT_EQ(write(ends[1], "hello"), 5);
    EXPECT_EQ(read(ends[0], 3), "hel");
    EXPECT_EQ(read(ends[0]), "lo");
    EXPECT_EQ(call(a, SYS_write, ends[0], "x", 1), -EBADF);
    EXPECT_EQ(call(a, SYS_lseek, ends[0], 0, SEEK_SET), -ESPIPE);
    EXPECT_EQ(call(a, SYS_close, ends[1]), 0);
    EXPECT_EQ(read(ends[0]), "");
    EXPECT_EQ(call(a, SYS_close, ends[0]), 0);
    EXPECT_EQ(server->state().pipes, 0u);
}

TEST_F(VfsPipes, reader_waits_for_the_writer) {
    fork_child();
    char buffer[10] = {};
    const auto tag = start(child, SYS_read, ends[0], buffer, 10);
    EXPECT_EQ(result(child, tag), -9999);
    EXPECT_EQ(write(ends[1], "late"), 4);
    EXPECT_EQ(result(child, tag), 4);
    EXPECT_EQ(std::string(buffer), "late");
}

TEST_F(VfsPipes, reader_sees_the_end_when_the_last_writer_goes) {
    fork_child();
    EXPECT_EQ(call(child, SYS_close, ends[1]), 0);
    char buffer[10];
    const auto tag = start(child, SYS_read, ends[0], buffer, 10);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{a}));
    EXPECT_EQ(result(child, tag), 0);
}

TEST_F(VfsPipes, big_write_goes_on_as_the_reader_drains) {
    fork_child();
    std::string big(200000, 'x');
    for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
    const auto tag = start(child, SYS_write, ends[1], data(big), big.size());
    std::string got;
    while (got.size() < big.size()) got += read(ends[0], 30000);
    EXPECT_EQ(got, big);
    EXPECT_EQ(result(child, tag), 200000);
}

TEST_F(VfsPipes, only_root_makes_pipes_when_they_have_their_share_of_memory) {
    system.on_kernel(KernelCall::get_info, [](const fake::Arguments &words, std::uint64_t &) {
        MachineInfo info{};
        info.memory_bytes = 70 * 8 * 65536;
        std::memcpy(reinterpret_cast<void *>(words[1]), &info, sizeof info);
        return static_cast<std::int64_t>(sizeof info);
    });
    become(b, 1000);
    int pair[2];
    std::int64_t answer = 0;
    while ((answer = call(b, SYS_pipe, pair)) == 0) {}
    EXPECT_EQ(answer, -ENFILE);
    EXPECT_EQ(server->state().pipes, 70u);
    EXPECT_EQ(call(a, SYS_pipe, pair), 0);
    EXPECT_EQ(server->state().pipes, 71u);
}

TEST_F(VfsPipes, write_without_reader_raises_sigpipe) {
    EXPECT_EQ(call(a, SYS_close, ends[0]), 0);
    EXPECT_EQ(call(a, SYS_write, ends[1], "x", 1), -EPIPE);
    EXPECT_TRUE(system.take_request(pm::SignalProcess::number));
}

TEST_F(VfsPipes, nonblocking_ends_do_not_wait) {
    EXPECT_EQ(call(a, SYS_fcntl, ends[0], F_SETFL, O_NONBLOCK), 0);
    EXPECT_EQ(call(a, SYS_fcntl, ends[1], F_SETFL, O_NONBLOCK), 0);
    char byte = 0;
    EXPECT_EQ(call(a, SYS_read, ends[0], &byte, 1), -EAGAIN);
    const std::string big(70000, 'x');
    EXPECT_EQ(call(a, SYS_write, ends[1], data(big), big.size()), 65536);
    EXPECT_EQ(call(a, SYS_write, ends[1], data(big), 10), -EAGAIN);
}

TEST_F(VfsPipes, signal_ends_a_wait) {
    char byte = 0;
    const auto tag = start(a, SYS_read, ends[0], &byte, 1);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{a, 0, tag + 1}));
    EXPECT_EQ(result(a, tag), -9999);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{a, 0, tag}));
    EXPECT_EQ(result(a, tag), to_wire(Error::restart_call));
    const std::string big(100000, 'x');
    const auto writing = start(a, SYS_write, ends[1], data(big), big.size());
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{a, 0, writing}));
    EXPECT_EQ(result(a, writing), 65536);
}

TEST_F(VfsPipes, poll_waits_and_times_out) {
    pollfd set[2] = {{ends[0], POLLIN, 0}, {99, POLLIN, 0}};
    EXPECT_EQ(call(a, SYS_poll, set, 2, 0), 1);
    EXPECT_EQ(set[1].revents, POLLNVAL);
    fork_child();
    auto tag = start(child, SYS_poll, set, 1, -1);
    EXPECT_EQ(result(child, tag), -9999);
    EXPECT_EQ(write(ends[1], "x"), 1);
    EXPECT_EQ(result(child, tag), 1);
    EXPECT_EQ(set[0].revents, POLLIN);
    EXPECT_EQ(read(ends[0]), "x");
    tag = start(child, SYS_poll, set, 1, 50);
    EXPECT_EQ(result(child, tag), -9999);
    system.advance(milliseconds(51));
    server->run();
    EXPECT_EQ(result(child, tag), 0);
    EXPECT_EQ(set[0].revents, 0);
    tag = start(child, SYS_poll, set, 1, -1);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{child, 0, tag}));
    EXPECT_EQ(result(child, tag), -EINTR);
    tag = start(child, SYS_poll, set, 1, -1);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{child}));
    EXPECT_EQ(server->state().running, 0u);
}

TEST_F(VfsPipes, select_reports_bits) {
    std::uint64_t in = 1ull << ends[0], out = 1ull << ends[1];
    EXPECT_EQ(call(a, SYS_select, 10, &in, &out, 0, 0), 1);
    EXPECT_EQ(in, 0u);
    EXPECT_EQ(out, 1ull << ends[1]);
    in = 1ull << 60;
    EXPECT_EQ(call(a, SYS_select, 64, &in, 0, 0, 0), -EBADF);
}

TEST_F(VfsPipes, fifo_opens_meet) {
    EXPECT_EQ(call(a, SYS_mknod, "/tmp/fifo", S_IFIFO | 0666, 0), 0);
    EXPECT_EQ(open("/tmp/fifo", O_WRONLY | O_NONBLOCK), -ENXIO);
    const auto reading = start(b, SYS_open, "/tmp/fifo", O_RDONLY);
    EXPECT_EQ(result(b, reading), -9999);
    const auto fd = open("/tmp/fifo", O_WRONLY);
    EXPECT_GE(fd, 0);
    const auto other = result(b, reading);
    EXPECT_EQ(other, 0);
    EXPECT_EQ(write(fd, "met"), 3);
    char buffer[4] = {};
    EXPECT_EQ(call(b, SYS_read, other, buffer, 3), 3);
    EXPECT_EQ(std::string(buffer), "met");
    const auto waiting = start(a, SYS_open, "/tmp/fifo", O_RDONLY | 0);
    EXPECT_GE(result(a, waiting), 0);
}

TEST_F(VfsPipes, locks_wait_for_each_other) {
    const auto fd = open("/f", O_CREAT | O_RDWR), other = open("/f", O_RDWR, 0, b);
    struct flock lock {
        F_WRLCK, SEEK_SET, 0, 10, 0
    };
    EXPECT_EQ(call(a, SYS_fcntl, fd, F_SETLK, &lock), 0);
    struct flock wanted {
        F_WRLCK, SEEK_SET, 5, 10, 0
    };
    EXPECT_EQ(call(b, SYS_fcntl, other, F_SETLK, &wanted), -EAGAIN);
    const auto tag = start(b, SYS_fcntl, other, F_SETLKW, &wanted);
    EXPECT_EQ(result(b, tag), -9999);
    lock.l_type = F_UNLCK;
    EXPECT_EQ(call(a, SYS_fcntl, fd, F_SETLK, &lock), 0);
    EXPECT_EQ(result(b, tag), 0);
    lock.l_type = F_RDLCK;
    lock.l_len = 0;
    EXPECT_EQ(call(a, SYS_fcntl, fd, F_GETLK, &lock), 0);
    EXPECT_EQ(lock.l_type, F_WRLCK);
    EXPECT_EQ(lock.l_start, 5);
    EXPECT_EQ(lock.l_pid, 3);
}

TEST_F(VfsPipes, closing_gives_the_lock_to_the_next) {
    const auto fd = open("/f", O_CREAT | O_RDWR), other = open("/f", O_RDWR, 0, b);
    EXPECT_EQ(call(a, SYS_flock, fd, 2), 0);
    EXPECT_EQ(call(b, SYS_flock, other, 2 | 4), -EAGAIN);
    const auto tag = start(b, SYS_flock, other, 2);
    EXPECT_EQ(call(a, SYS_close, fd), 0);
    EXPECT_EQ(result(b, tag), 0);
}

TEST_F(VfsPipes, leaving_processes_leave_nothing) {
    fork_child();
    char byte = 0;
    start(child, SYS_read, ends[0], &byte, 1);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{child}));
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{a}));
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{b}));
    const auto counters = *server->ask(endpoint::pm, vfs::Counters{});
    EXPECT_EQ(counters->open_files, 0u);
    EXPECT_EQ(counters->pipes, 0u);
    EXPECT_EQ(counters->requests, 0u);
    EXPECT_EQ(counters->processes, 1u);
    EXPECT_EQ(sys::grants().in_use(), 0u);
}

}  // namespace
}  // namespace axo::fake
