// sources: servers/pm/*.cpp servers/pm/*/*.cpp !servers/pm/main.cpp
// What terminals ask of PM, by VFS or themselves: which session a group is of, and what becomes of a call from the
// background.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "test/host/pm/pm_machine.hpp"

namespace axo::pm {
namespace {

/// init -> shell, which leads a session -> job, in a group of its own.
class PmTerminal : public PmTest {
protected:
    Child shell, job;
    std::uint64_t job_pid = 0;

    PmTerminal() {
        shell = fork(endpoint::init);
        EXPECT_EQ(call(shell.endpoint, SYS_setsid), shell.pid);
        job = fork(shell.endpoint);
        job_pid = static_cast<std::uint64_t>(job.pid);
        EXPECT_EQ(call(job.endpoint, SYS_setpgid, {0, 0}), 0);
    }
    Result<std::uint32_t> access(int signal, Endpoint process, Endpoint asker = endpoint::vfs) {
        const auto reply = *server.ask(asker, BackgroundAccess{process, static_cast<std::uint32_t>(signal)});
        if (!reply) return reply.error();
        return reply->allowed;
    }
    std::optional<std::int64_t> stop_status(std::int64_t pid) {
        int status = 0;
        const auto found =
            call(shell.endpoint, SYS_wait4, {static_cast<std::uint64_t>(pid), at(&status), WUNTRACED | WNOHANG, 0});
        if (found != pid || !WIFSTOPPED(status)) return std::nullopt;
        return WSTOPSIG(status);
    }
    void act(Endpoint process, int signal, void (*handler)(int)) {
        const abi::SignalAction action{
            .handler = reinterpret_cast<std::uint64_t>(handler), .flags = 0, .restorer = 0, .mask = 0};
        EXPECT_EQ(call(process, SYS_rt_sigaction, {static_cast<std::uint64_t>(signal), at(&action), 0, 8}), 0);
    }
};

TEST_F(PmTerminal, vfs_hears_of_a_new_group_before_the_caller_can_use_it) {
    const auto told = system.take_request(vfs::SetGroup::number);
    ASSERT_TRUE(told);
    const auto request = decode_request<vfs::SetGroup>(told->message);
    EXPECT_EQ(request.process, job.endpoint);
    EXPECT_EQ(request.group, job_pid);
    EXPECT_EQ(told->message.tag, 0u) << "nobody waits for it";
}

TEST_F(PmTerminal, child_has_its_group_in_vfs_from_the_start) {
    system.sent.clear();
    fork(job.endpoint);
    const auto request = system.take_request(vfs::Fork::number);
    ASSERT_TRUE(request);
    EXPECT_EQ(decode_request<vfs::Fork>(request->message).group, job_pid);
}

TEST_F(PmTerminal, session_of_a_group) {
    const auto found = *server.ask(endpoint::tty, SessionOfGroup{static_cast<std::uint32_t>(job_pid)});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->session, shell.pid);
    EXPECT_EQ((*server.ask(endpoint::tty, SessionOfGroup{31000})).error(), Error::no_process);
}

TEST_F(PmTerminal, background_call_stops_the_whole_group) {
    const Child member = fork(job.endpoint);
    EXPECT_EQ(access(SIGTTIN, job.endpoint), 0u);
    EXPECT_EQ(stop_status(job.pid), SIGTTIN);
    EXPECT_TRUE(server.state().processes.find(member.endpoint)->stopped);
    EXPECT_FALSE(server.state().processes.find(shell.endpoint)->stopped);
}

TEST_F(PmTerminal, signal_that_is_ignored_or_blocked_stops_nobody) {
    act(job.endpoint, SIGTTIN, SIG_IGN);
    EXPECT_EQ(access(SIGTTIN, job.endpoint).error(), Error::io);
    const std::uint64_t both = 1ull << (SIGTTIN - 1) | 1ull << (SIGTTOU - 1);
    EXPECT_EQ(call(job.endpoint, SYS_rt_sigprocmask, {SIG_BLOCK, at(&both), 0, 8}), 0);
    act(job.endpoint, SIGTTIN, SIG_DFL);
    EXPECT_EQ(access(SIGTTIN, job.endpoint).error(), Error::io);
    EXPECT_EQ(access(SIGTTOU, job.endpoint), 1u);
    EXPECT_TRUE(server.state().processes.find(job.endpoint)->signals.pending.set().empty());
    EXPECT_EQ(stop_status(job.pid), std::nullopt);
}

TEST_F(PmTerminal, orphaned_group_gets_an_error_for_either) {
    const Child member = fork(job.endpoint);
    call(shell.endpoint, SYS_exit_group, {0});
    EXPECT_EQ(access(SIGTTIN, member.endpoint).error(), Error::io);
    EXPECT_EQ(access(SIGTTOU, job.endpoint).error(), Error::io);
}

TEST_F(PmTerminal, only_vfs_asks_and_only_of_the_two_signals) {
    EXPECT_EQ(access(SIGTTIN, job.endpoint, endpoint::tty).error(), Error::not_permitted);
    EXPECT_EQ(access(SIGKILL, job.endpoint).error(), Error::invalid);
    EXPECT_EQ(access(SIGTTIN, Endpoint::make(500, 1)).error(), Error::no_process);
    EXPECT_EQ(access(SIGTTIN, endpoint::tty).error(), Error::no_process);
}

}  // namespace
}  // namespace axo::pm
