// sources: servers/pm/*.cpp servers/pm/*/*.cpp !servers/pm/main.cpp
// PM through its messages: fork, exit, wait and signals, and that a call that fails leaves no trace.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "test/host/pm/pm_machine.hpp"

namespace axo::pm {
namespace {

TEST_F(PmTest, fork_answers_parent_and_child) {
    const Child child = fork(endpoint::init);
    EXPECT_GT(child.pid, 1);
    EXPECT_EQ(call(child.endpoint, SYS_getpid), child.pid);
    EXPECT_EQ(call(child.endpoint, SYS_getppid), 1);
}

TEST_F(PmTest, some_processes_are_kept_for_root_and_some_for_services) {
    const auto fork_until_refused = [&](Endpoint parent) {
        const std::uint32_t before = records();
        for (;;) {
            const std::uint64_t tag = server.start_user_call(parent, SYS_fork, {});
            const auto pid = server.user_result(parent, tag);
            if (!pid || *pid < 0) {
                EXPECT_EQ(pid, -EAGAIN);
                return records() - before;
            }
        }
    };
    const Child somebody = fork(endpoint::init);
    EXPECT_EQ(call(somebody.endpoint, SYS_setuid, {1000}), 0);
    EXPECT_GT(fork_until_refused(somebody.endpoint), 900u);
    EXPECT_EQ(fork_until_refused(somebody.endpoint), 0u);
    EXPECT_EQ(fork_until_refused(endpoint::init), ProcessTable::kept_for_root);
    EXPECT_LE(records() + ProcessTable::kept_for_services, max_processes);
}

TEST_F(PmTest, fork_that_fails_in_vfs_leaves_no_trace) {
    const std::uint32_t before = records();
    const std::size_t memory = arena_heap().used_bytes();
    vfs_fails = true;
    EXPECT_EQ(fork(endpoint::init).pid, to_wire(Error::no_memory));
    EXPECT_EQ(records(), before);
    EXPECT_EQ(slots, 0);
    EXPECT_EQ(spaces_freed, 1);
    EXPECT_EQ(arena_heap().used_bytes(), memory);
    vfs_fails = false;
    EXPECT_GT(fork(endpoint::init).pid, 1);
}

TEST_F(PmTest, wait_gets_the_status_and_the_record_goes) {
    const std::uint32_t before = records();
    const Child child = fork(endpoint::init);
    EXPECT_EQ(call(child.endpoint, SYS_exit_group, {7}), std::nullopt);
    int status = -1;
    EXPECT_EQ(call(endpoint::init, SYS_wait4, {~0ull, at(&status), 0, 0}), child.pid);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 7);
    EXPECT_EQ(records(), before);
    EXPECT_EQ(slots, 0);
    EXPECT_EQ(call(endpoint::init, SYS_wait4, {static_cast<std::uint64_t>(child.pid), 0, 0, 0}),
              to_wire(Error::no_child));
}

TEST_F(PmTest, wait_that_came_first_is_answered_at_exit) {
    const Child child = fork(endpoint::init);
    int status = -1;
    const auto pid = static_cast<std::uint64_t>(child.pid);
    const std::uint64_t tag = server.start_user_call(endpoint::init, SYS_wait4, {pid, at(&status), 0, 0});
    EXPECT_EQ(server.user_result(endpoint::init, tag), std::nullopt);
    call(child.endpoint, SYS_kill, {pid, SIGTERM, 0});
    EXPECT_EQ(server.user_result(endpoint::init, tag), child.pid);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST_F(PmTest, no_hang_does_not_wait) {
    fork(endpoint::init);
    EXPECT_EQ(call(endpoint::init, SYS_wait4, {~0ull, 0, WNOHANG, 0}), 0);
}

TEST_F(PmTest, orphans_go_to_init) {
    const Child parent = fork(endpoint::init), child = fork(parent.endpoint);
    call(parent.endpoint, SYS_exit_group, {0});
    EXPECT_EQ(call(child.endpoint, SYS_getppid), 1);
    call(child.endpoint, SYS_exit_group, {3});
    EXPECT_EQ(call(endpoint::init, SYS_wait4, {static_cast<std::uint64_t>(child.pid), 0, 0, 0}), child.pid);
}

TEST_F(PmTest, stop_and_continue_are_reported_once) {
    const Child child = fork(endpoint::init);
    const auto pid = static_cast<std::uint64_t>(child.pid);
    EXPECT_EQ(call(endpoint::init, SYS_kill, {pid, SIGSTOP}), 0);
    int status = 0;
    EXPECT_EQ(call(endpoint::init, SYS_wait4, {pid, at(&status), WUNTRACED | WNOHANG, 0}), child.pid);
    EXPECT_TRUE(WIFSTOPPED(status));
    EXPECT_EQ(call(endpoint::init, SYS_wait4, {pid, at(&status), WUNTRACED | WNOHANG, 0}), 0);
    EXPECT_EQ(call(endpoint::init, SYS_kill, {pid, SIGCONT}), 0);
    EXPECT_EQ(call(endpoint::init, SYS_wait4, {pid, at(&status), WCONTINUED | WNOHANG, 0}), child.pid);
    EXPECT_TRUE(WIFCONTINUED(status));
}

TEST_F(PmTest, sleep_ends_when_its_time_has_come) {
    const Child child = fork(endpoint::init);
    const abi::TimeSpec time{0, 5'000'000};
    const std::uint64_t tag = server.start_user_call(child.endpoint, SYS_nanosleep, {at(&time), 0});
    system.advance(milliseconds(4));
    server.notify(endpoint::clock);
    EXPECT_EQ(server.user_result(child.endpoint, tag), std::nullopt);
    system.advance(milliseconds(2));
    server.notify(endpoint::clock);
    EXPECT_EQ(server.user_result(child.endpoint, tag), 0);
}

TEST_F(PmTest, ids_reach_vfs_before_the_call_returns) {
    const Child child = fork(endpoint::init);
    EXPECT_EQ(call(child.endpoint, SYS_setuid, {1000}), 0);
    EXPECT_TRUE(system.take_request(vfs::SetIds::number));
    EXPECT_EQ(call(child.endpoint, SYS_geteuid), 1000);
    EXPECT_EQ(call(child.endpoint, SYS_setuid, {0}), to_wire(Error::not_permitted));
    EXPECT_EQ(call(child.endpoint, SYS_kill, {1, SIGTERM}), to_wire(Error::not_permitted));
}

TEST_F(PmTest, nobody_kills_services_or_init_with_a_deadly_signal) {
    EXPECT_EQ(call(endpoint::init, SYS_kill, {2, SIGSEGV}), to_wire(Error::not_permitted));
    const Child child = fork(endpoint::init);
    EXPECT_EQ(call(child.endpoint, SYS_kill, {1, SIGKILL}), 0);
    EXPECT_EQ(call(endpoint::init, SYS_getpid), 1);
}

TEST_F(PmTest, services_cannot_be_made_by_others_than_rs) {
    EXPECT_EQ((*server.ask(endpoint::vfs, Spawn{})).error(), Error::not_permitted);
    const auto spawned = *server.ask(endpoint::rs, Spawn{});
    ASSERT_TRUE(spawned);
    EXPECT_EQ(slots, 1);
    EXPECT_EQ((*server.ask(endpoint::vfs, DestroyService{spawned->process})).error(), Error::not_permitted);
    EXPECT_TRUE(*server.ask(endpoint::rs, DestroyService{spawned->process}));
    EXPECT_EQ(slots, 0);
}

TEST_F(PmTest, syslog_gives_root_the_newest_text_that_fits) {
    std::string text;
    for (unsigned i = 0; i < 300; ++i) text += "line " + std::to_string(i) + "\n";
    system.on_kernel(KernelCall::get_log, [&](const fake::Arguments &a, std::uint64_t &next) {
        const std::size_t from = std::min<std::size_t>(a[0], text.size());
        const std::size_t bytes = std::min<std::size_t>(text.size() - from, a[2]);
        std::memcpy(reinterpret_cast<char *>(a[1]), text.data() + from, bytes);
        next = from + bytes;
        return static_cast<std::int64_t>(bytes);
    });
    constexpr std::uint64_t read_all = 3, clear = 5, size_of_log = 10;
    std::string all(kernel_log_bytes, '?'), tail(1000, '?');
    EXPECT_EQ(call(endpoint::init, SYS_syslog, {size_of_log, 0, 0}), kernel_log_bytes);
    EXPECT_EQ(call(endpoint::init, SYS_syslog, {read_all, at(all.data()), all.size()}), text.size());
    EXPECT_EQ(all.substr(0, text.size()), text);
    EXPECT_EQ(call(endpoint::init, SYS_syslog, {read_all, at(tail.data()), tail.size()}), tail.size());
    EXPECT_EQ(tail, text.substr(text.size() - tail.size()));
    EXPECT_EQ(call(endpoint::init, SYS_syslog, {clear, 0, 0}), to_wire(Error::invalid));
    const Child child = fork(endpoint::init);
    EXPECT_EQ(call(child.endpoint, SYS_setuid, {7}), 0);
    EXPECT_EQ(call(child.endpoint, SYS_syslog, {read_all, at(tail.data()), tail.size()}),
              to_wire(Error::not_permitted));
}

TEST_F(PmTest, a_thousand_children_leave_nothing) {
    fork(endpoint::init);
    const std::uint32_t before = records();
    const std::size_t memory = arena_heap().used_bytes();
    for (unsigned i = 0; i < 1000; ++i) {
        const Child child = fork(endpoint::init);
        call(child.endpoint, SYS_exit_group, {0});
        ASSERT_EQ(call(endpoint::init, SYS_wait4, {static_cast<std::uint64_t>(child.pid), 0, 0, 0}), child.pid);
        next_slot = 30;
        system.sent.clear();
    }
    EXPECT_EQ(records(), before);
    EXPECT_EQ(arena_heap().used_bytes(), memory);
}

}  // namespace
}  // namespace axo::pm
