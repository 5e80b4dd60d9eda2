// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Several calls of one process at once, as threads make them: each has its own wait, its own cancel, and keeps what
// it was about while another one closes it, changes directory or changes identity.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint a = Endpoint::make(40, 1);
constexpr std::int64_t waits = -9999;

struct VfsThreads : testing::Test, VfsMachine {
    VfsThreads() { add_process(a, 2); }
    std::int64_t result(std::uint64_t tag) { return server->user_result(a, tag).value_or(waits); }
    void cancel(std::uint64_t tag) { EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{a, 0, tag})); }
    void become(std::uint32_t real, std::uint32_t effective) {
        EXPECT_TRUE(*server->ask(endpoint::pm, vfs::SetIds{a, real, effective, effective, real, effective, effective}));
    }
};

TEST_F(VfsThreads, one_writes_what_the_other_waits_for) {
    int ends[2] = {};
    EXPECT_EQ(call(a, SYS_pipe, ends), 0);
    char first[4] = {}, second[4] = {};
    const auto one = start(a, SYS_read, ends[0], first, 3), two = start(a, SYS_read, ends[0], second, 3);
    EXPECT_EQ(result(one), waits);
    EXPECT_EQ(result(two), waits);
    EXPECT_EQ(call(a, SYS_write, ends[1], "abcdef", 6), 6);
    EXPECT_EQ(result(one), 3);
    EXPECT_EQ(result(two), 3);
    EXPECT_EQ(std::string(first) + second, "abcdef");
}

TEST_F(VfsThreads, signal_ends_the_call_it_is_for_and_no_other) {
    int ends[2] = {};
    EXPECT_EQ(call(a, SYS_pipe, ends), 0);
    char byte = 0, other = 0;
    const auto one = start(a, SYS_read, ends[0], &byte, 1), two = start(a, SYS_read, ends[0], &other, 1);
    cancel(two);
    EXPECT_EQ(result(two), to_wire(Error::restart_call));
    EXPECT_EQ(result(one), waits);
    EXPECT_EQ(call(a, SYS_write, ends[1], "x", 1), 1);
    EXPECT_EQ(result(one), 1);
}

TEST_F(VfsThreads, blocked_call_keeps_the_file_that_another_closes_and_replaces) {
    int ends[2] = {}, others[2] = {};
    EXPECT_EQ(call(a, SYS_pipe, ends), 0);
    EXPECT_EQ(call(a, SYS_pipe, others), 0);
    char byte = 0;
    const auto reading = start(a, SYS_read, ends[0], &byte, 1);
    EXPECT_EQ(call(a, SYS_dup2, others[0], ends[0]), ends[0]);
    EXPECT_EQ(call(a, SYS_write, others[1], "n", 1), 1);
    EXPECT_EQ(result(reading), waits);
    EXPECT_EQ(call(a, SYS_write, ends[1], "o", 1), 1);
    EXPECT_EQ(result(reading), 1);
    EXPECT_EQ(byte, 'o');
}

/// The buffer's page is missing; while it comes, another thread puts another file at the number.
TEST_F(VfsThreads, call_issued_again_is_about_the_file_it_began_with) {
    const auto fd = call(a, SYS_open, "/f", O_CREAT | O_RDWR, 0644);
    const auto other = call(a, SYS_open, "/g", O_CREAT | O_RDWR, 0644);
    static const char text[] = "content";
    system.absent_ranges.push_back({reinterpret_cast<std::uint64_t>(text), sizeof text});
    system.answer<vm::MakePresent>([&](Endpoint, const vm::MakePresent &) -> Result<Nothing> {
        system.absent_ranges.clear();
        arrive(a, SYS_dup2, {static_cast<std::uint64_t>(other), static_cast<std::uint64_t>(fd)});
        return Nothing{};
    });
    EXPECT_EQ(call(a, SYS_write, fd, static_cast<const void *>(text), 7), 7);
    struct stat status {};
    EXPECT_EQ(call(a, SYS_stat, "/f", &status), 0);
    EXPECT_EQ(status.st_size, 7);
    EXPECT_EQ(call(a, SYS_stat, "/g", &status), 0);
    EXPECT_EQ(status.st_size, 0);
}

TEST_F(VfsThreads, second_place_of_a_rename_is_taken_when_it_begins) {
    for (const char *path : {"/tmp/here", "/tmp/there"}) EXPECT_EQ(call(a, SYS_mkdir, path, 0755), 0);
    EXPECT_GE(call(a, SYS_open, "/tmp/f", O_CREAT | O_RDWR, 0644), 0);
    EXPECT_EQ(call(a, SYS_chdir, "/tmp/here"), 0);
    EXPECT_EQ(call(a, SYS_mkdir, "/bin/d", 0755), 0);
    const std::uint64_t there = place_text("/tmp/there"), from = place_text("/bin/../tmp/./f"), to = place_text("g");
    on_file_request = [&, done = false](std::uint16_t number) mutable {
        if (number == fs::Lookup::number && !std::exchange(done, true)) arrive(a, SYS_chdir, {there});
    };
    EXPECT_EQ(call(a, SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), 0);
    on_file_request = {};
    struct stat status {};
    EXPECT_EQ(call(a, SYS_stat, "/tmp/here/g", &status), 0);
}

/// The identity changes while a call walks: the call goes on as who it was, the next one is the new one.
TEST_F(VfsThreads, call_keeps_the_identity_it_began_with) {
    EXPECT_EQ(call(a, SYS_mkdir, "/closed", 0700), 0);
    EXPECT_GE(call(a, SYS_open, "/closed/f", O_CREAT | O_RDWR, 0600), 0);
    server->state().vnodes.names().forget(*server->state().mounts.root()->root);
    bool asked = false;
    on_file_request = [&](std::uint16_t number) {
        if (number == fs::Lookup::number && !std::exchange(asked, true))
            arrive(vfs::SetIds{a, 1000, 1000, 1000, 1000, 1000, 1000});
    };
    EXPECT_GE(call(a, SYS_open, "/closed/f", O_RDWR, 0), 0);
    EXPECT_TRUE(asked);
    EXPECT_EQ(call(a, SYS_open, "/closed/f", O_RDWR, 0), -EACCES);
}

TEST_F(VfsThreads, access_judges_by_the_real_identity_and_nobody_else_does) {
    EXPECT_GE(call(a, SYS_open, "/secret", O_CREAT | O_RDWR, 0600), 0);
    become(1000, 0);
    const std::uint64_t secret = place_text("/secret");
    server->state().vnodes.names().forget(*server->state().mounts.root()->root);
    bool asked = false;
    on_file_request = [&](std::uint16_t number) {
        if (number == fs::Lookup::number && !std::exchange(asked, true)) arrive(a, SYS_open, {secret, O_RDWR, 0});
    };
    const auto files = server->state().files.count();
    EXPECT_EQ(call(a, SYS_access, "/secret", R_OK), -EACCES);
    EXPECT_TRUE(asked);
    EXPECT_EQ(server->state().files.count(), files + 1) << "root opens it while access is judged by the user";
    EXPECT_EQ(call(a, SYS_faccessat2, AT_FDCWD, "/secret", R_OK, AT_EACCESS), 0);
}

TEST_F(VfsThreads, exit_ends_all_calls_of_the_process) {
    int ends[2] = {};
    EXPECT_EQ(call(a, SYS_pipe, ends), 0);
    char bytes[3];
    pollfd set{ends[0], POLLIN, 0};
    for (char &byte : bytes) start(a, SYS_read, ends[0], &byte, 1);
    start(a, SYS_poll, &set, 1, -1);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{a}));
    EXPECT_EQ(server->state().files.count(), 0u);
    EXPECT_EQ(server->state().pipes, 0u);
    EXPECT_EQ(server->state().running, 0u);
}

}  // namespace
}  // namespace axo::fake
