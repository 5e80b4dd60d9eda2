// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// A file system that takes long is waited for: VFS gives no request up, and goes on remembering what it was told.
#include <fcntl.h>
#include <sys/syscall.h>

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {
namespace {

struct VfsSlowDisk : testing::Test, VfsMachine {
    /// The file system has this request, and does not answer yet.
    template <Request R>
    void hold() {
        hook_ = system.peer_hooks.at(R::number);
        system.peer_hooks.erase(R::number);
    }
    template <Request R>
    void answer_now() {
        const auto sent = system.take_request(R::number);
        ASSERT_TRUE(sent);
        Message reply = hook_(sent->peer, sent->message);
        reply.source = sent->peer;
        reply.tag = sent->message.tag;
        reply.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        system.inbox.push_back(reply);
        server->run();
    }

private:
    std::function<Message(Endpoint, const Message &)> hook_;
};

TEST_F(VfsSlowDisk, write_that_takes_minutes_succeeds_and_the_mount_is_remembered_as_before) {
    const auto fd = call(init, SYS_open, "/f", O_CREAT | O_RDWR, 0644);
    ASSERT_GE(fd, 0);
    hold<fs::Write>();
    const auto tag = start(init, SYS_write, fd, "late", 4);
    system.advance(seconds(300));
    server->run();
    EXPECT_FALSE(server->user_result(init, tag)) << "given up";
    answer_now<fs::Write>();
    EXPECT_EQ(server->user_result(init, tag), 4);
    EXPECT_TRUE(server->state().mounts.root()->file_system->remembers);
}

}  // namespace
}  // namespace axo::fake
