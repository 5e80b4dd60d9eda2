// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Who serves a file system is written in one place: after its rebirth everything that is open goes on there, and what
// VM holds of a dead one is never that of the next.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint successor = Endpoint::make(endpoint::procfs.slot(), 7), liar = Endpoint::make(43, 1);

/// The fake procfs is a tree that "answers after a restart as before".
struct VfsRebirth : VfsMachine, testing::Test {
    std::deque<Endpoint> announced;
    Endpoint named = endpoint::procfs;  // by RS' label
    std::int64_t file = -1;

    VfsRebirth() {
        system.answer<ds::EndpointOf>([this](Endpoint, const ds::EndpointOf &) -> Result<ds::EndpointOf::Reply> {
            return ds::EndpointOf::Reply{named};
        });
        system.answer<ds::Check>([this](Endpoint, const ds::Check &r) -> Result<ds::Check::Reply> {
            if (announced.empty()) return Error::no_entry;
            const Endpoint owner = announced.front();
            announced.pop_front();
            const std::string key = std::string(fs::up_event_prefix) + "procfs";
            std::memcpy(system.granted(r.key, endpoint::ds).data(), key.c_str(), key.size() + 1);
            return ds::Check::Reply{ds::Type::number, owner, 0, 0, 1};
        });
        EXPECT_EQ(call(init, SYS_mkdir, "/proc", 0755), 0);
        EXPECT_EQ(call(init, SYS_mount, "none", "/proc", "proc", 0, 0), 0);
        EXPECT_EQ(call(init, SYS_mkdir, "/proc/directory", 0755), 0);
        file = call(init, SYS_open, "/proc/directory/file", O_CREAT | O_RDWR, 0644);
        EXPECT_EQ(call(init, SYS_write, file, "text", 4), 4);
        EXPECT_EQ(call(init, SYS_chdir, "/proc/directory"), 0);
    }
    void restart() {
        dead.insert(endpoint::procfs.value);
        serving[successor.value] = &proc;
        system.answer<fs::Mount>([this](Endpoint peer, const fs::Mount &) -> Result<fs::NodeInfo> {
            EXPECT_EQ(peer, named);
            fs::NodeInfo info{};
            info.inode = proc.tree.root()->number;
            info.mode = S_IFDIR | 0755;
            info.links = 2;
            return info;
        });
    }
    void says_it_is_up(Endpoint who) {
        announced.push_back(who);
        server->notify(endpoint::ds);
    }
};

TEST_F(VfsRebirth, what_is_open_goes_on_at_the_new_process) {
    restart();
    char text[5] = {};
    EXPECT_EQ(call(init, SYS_pread64, file, text, 4, 0), -EIO) << "nobody is there yet";
    named = successor;
    says_it_is_up(successor);
    on_file_request = [](std::uint16_t) { EXPECT_NE(working_file_system, endpoint::procfs); };
    EXPECT_EQ(call(init, SYS_pread64, file, text, 4, 0), 4);
    EXPECT_STREQ(text, "text");
    EXPECT_EQ(call(init, SYS_access, "file", F_OK), 0) << "in the current directory";
    EXPECT_EQ(call(init, SYS_access, "/proc/directory/file", F_OK), 0);
    EXPECT_EQ(call(init, SYS_close, file), 0);
    EXPECT_EQ(call(init, SYS_chdir, "/"), 0);
    EXPECT_EQ(call(init, SYS_umount2, "/proc", 0), 0);
}

TEST_F(VfsRebirth, successor_is_whom_the_label_names) {
    restart();
    says_it_is_up(liar);
    EXPECT_EQ(server->state().mounts.all()[2].file_system->server, endpoint::procfs);
    named = successor;
    says_it_is_up(successor);
    EXPECT_EQ(server->state().mounts.all()[2].file_system->server, successor);
}

TEST_F(VfsRebirth, what_vm_holds_of_a_dead_file_system_is_not_read_from_the_next) {
    const auto open = [&] {
        const auto fd = call(init, SYS_open, "/tmp/mapped", O_CREAT | O_RDWR, 0644);
        EXPECT_EQ(call(init, SYS_write, fd, "text", 4), 4);
        return static_cast<std::int32_t>(fd);
    };
    const auto map = [&](std::int32_t fd) {
        return *server->ask(endpoint::vm, vfs::MapFile{.process = init, .descriptor = fd, .protection = 1, .flags = 1});
    };
    const auto fill = [&](const vm::FileId &mapped) {
        return *server->ask(endpoint::vm, vfs::PageIn{mapped, 0, 4096, GrantId{1}, 0});
    };
    const auto first = map(open());
    ASSERT_TRUE(first);
    kill_file_system(server->state().mounts.all()[1].file_system->server);
    EXPECT_EQ(fill(first->file).error(), Error::io);
    EXPECT_EQ(call(init, SYS_mount, "none", "/tmp", "tmpfs", 0, 0), 0);
    const auto second = map(open());
    ASSERT_TRUE(second);
    EXPECT_NE(second->file.file_system, first->file.file_system);
    EXPECT_EQ(fill(first->file).error(), Error::io);
}

}  // namespace
}  // namespace axo::fake
