// A few places to mount on, a disk, and what must be as at the start when everything is unmounted.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {

inline constexpr Endpoint a = Endpoint::make(40, 1), b = Endpoint::make(41, 1);
inline constexpr std::uint32_t disk_major = 3, disk_minor = 1;

struct VfsMounts : testing::Test, VfsMachine {
    std::size_t mounts_at_start = 0, holds_at_start = 0;

    VfsMounts() {
        add_process(a, 2);
        add_process(b, 3);
        for (const char *path : {"/m", "/n", "/m/below"}) EXPECT_EQ(call(a, SYS_mkdir, path, 0755), 0);
        EXPECT_EQ(call(a, SYS_mknod, "/dev/disk", S_IFBLK | 0600, disk_major << 8 | disk_minor), 0);
        vfs::MapDriver driver{endpoint::memory, disk_major, 1, 0, {}};
        put_text(driver.label, "disk");
        system.answer<ds::Retrieve>(
            [](Endpoint, const ds::Retrieve &) -> Result<ds::Retrieve::Reply> { return Error::no_entry; });
        EXPECT_TRUE(*server->ask(endpoint::rs, driver));
        mounts_at_start = mounts();
        holds_at_start = root.tree.held_nodes();
    }
    std::size_t mounts() {
        std::size_t count = 0;
        for (const vfs::Mount &mount : server->state().mounts.all()) count += mount.used ? 1 : 0;
        return count;
    }
    std::size_t file_systems() {
        std::size_t count = 0;
        for (const vfs::FileSystem &known : server->state().file_systems.all()) count += known.references != 0 ? 1 : 0;
        return count;
    }
    std::int64_t mount(const char *type, const char *at, const char *source = "none", Endpoint who = a) {
        return call(who, SYS_mount, source, at, type, 0, 0);
    }
    std::int64_t unmount(const char *at) { return call(a, SYS_umount2, at, 0); }
    void put(const char *path) {
        const auto fd = call(a, SYS_open, path, O_CREAT | O_WRONLY, 0644);
        EXPECT_GE(fd, 0) << path;
        EXPECT_EQ(call(a, SYS_close, fd), 0);
    }
    std::int64_t look(const char *path) {
        struct stat found {};
        return call(a, SYS_stat, path, &found);
    }
    Endpoint server_of(const char *path) {
        struct stat found {};
        EXPECT_EQ(call(a, SYS_stat, path, &found), 0);
        for (const vfs::FileSystem &known : server->state().file_systems.all())
            if (known.references != 0 && known.device == found.st_dev) return known.server;
        return endpoint::none;
    }
    void expect_as_at_start() {
        EXPECT_EQ(mounts(), mounts_at_start);
        EXPECT_EQ(file_systems(), mounts_at_start);
        EXPECT_EQ(serving.size(), 1u) << "a process that serves no mount";
        EXPECT_EQ(server->state().running, 0u);
        EXPECT_EQ(look("/m/below"), 0) << "something is mounted there";
    }
};

}  // namespace axo::fake
