// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Calls on a terminal by those who are not in its foreground: the terminal is told the caller's group and session, PM
// what it answered; and the terminal hears when the session's leader ends.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint leader = Endpoint::make(40, 1), worker = Endpoint::make(41, 1);
constexpr std::uint32_t session = 40, background = 41, input_stop = 21, output_stop = 22;

struct VfsBackground : testing::Test, VfsMachine {
    std::uint32_t foreground = session;
    std::deque<std::uint32_t> seen;   // groups that the terminal was told; 0: not to be checked
    std::deque<std::uint32_t> asked;  // signals that PM was asked about
    Result<pm::BackgroundAccess::Reply> decision{pm::BackgroundAccess::Reply{0, 0}};
    std::deque<device::Ioctl> told;  // without an answer wanted, or with
    std::int64_t console = -1;

    template <Request R>
    void serve_terminal(typename R::Reply answered) {
        system.answer<R>([this, answered](Endpoint, const R &request) -> Result<typename R::Reply> {
            seen.push_back(request.group);
            EXPECT_EQ(request.session, session);
            if constexpr (std::is_same_v<R, device::Ioctl>) told.push_back(request);
            if (request.group != 0 && request.group != foreground) return Error::background;
            return answered;
        });
    }
    VfsBackground() {
        serve_terminal<device::Read>({1});
        serve_terminal<device::Write>({1});
        serve_terminal<device::Ioctl>({0});
        system.answer<pm::BackgroundAccess>([this](Endpoint, const pm::BackgroundAccess &request) {
            EXPECT_EQ(request.process, worker);
            asked.push_back(request.signal);
            return decision;
        });
        system.answer<device::Close>([](Endpoint, const device::Close &) -> Result<Nothing> { return Nothing{}; });
        add_process(leader, session);
        EXPECT_TRUE(*server->ask(endpoint::pm, vfs::NewSession{leader, session}));
        console = call(leader, SYS_open, "/dev/console", O_RDWR, 0);
        EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Fork{leader, worker, background, 0, 0, session}));
    }
    void move_to_background() { EXPECT_TRUE(*server->ask(endpoint::pm, vfs::SetGroup{worker, background})); }
    std::int64_t read() {
        static char byte;
        return call(worker, SYS_read, console, &byte, 1);
    }
};

TEST_F(VfsBackground, child_is_in_the_group_of_its_parent_until_pm_says_otherwise) {
    EXPECT_EQ(read(), 1);
    move_to_background();
    read();
    EXPECT_EQ(seen, (std::deque<std::uint32_t>{session, background}));
    EXPECT_FALSE(*server->ask(endpoint::rs, vfs::SetGroup{worker, session})) << "only PM says so";
}

TEST_F(VfsBackground, call_of_a_group_that_was_stopped_is_to_be_restarted) {
    move_to_background();
    EXPECT_EQ(read(), to_wire(Error::restart_call));
    EXPECT_EQ(call(worker, SYS_write, console, "x", 1), to_wire(Error::restart_call));
    EXPECT_EQ(call(worker, SYS_ioctl, console, TCFLSH, 0), to_wire(Error::restart_call));
    EXPECT_EQ(asked, (std::deque<std::uint32_t>{input_stop, output_stop, output_stop}));
    EXPECT_EQ(seen.size(), 3u) << "nothing is repeated";
    foreground = background;
    EXPECT_EQ(read(), 1);
}

TEST_F(VfsBackground, who_does_not_mind_the_signal_goes_on_unchecked) {
    move_to_background();
    decision = pm::BackgroundAccess::Reply{1, 0};
    EXPECT_EQ(call(worker, SYS_write, console, "x", 1), 1);
    EXPECT_EQ(call(worker, SYS_ioctl, console, TCFLSH, 0), 0);
    EXPECT_EQ(seen, (std::deque<std::uint32_t>{background, 0, background, 0}));
}

TEST_F(VfsBackground, refusal_is_an_error_of_the_device) {
    move_to_background();
    decision = Error::io;
    std::int32_t group = background;
    EXPECT_EQ(read(), to_wire(Error::io));
    EXPECT_EQ(call(worker, SYS_ioctl, console, TCFLSH, 0), to_wire(Error::io));
    EXPECT_EQ(call(worker, SYS_ioctl, console, TIOCSPGRP, &group), to_wire(Error::not_tty));
}

TEST_F(VfsBackground, driver_that_says_background_for_ever_is_an_error) {
    system.answer<device::Read>(
        [](Endpoint, const device::Read &) -> Result<device::Read::Reply> { return Error::background; });
    decision = pm::BackgroundAccess::Reply{1, 0};
    EXPECT_EQ(read(), to_wire(Error::io));
    EXPECT_EQ(asked.size(), 1u);
}

TEST_F(VfsBackground, end_of_the_leader_is_told_to_the_terminal_and_its_session_has_none) {
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{worker}));
    EXPECT_FALSE(system.take_request(device::Ioctl::number)) << "only the leader matters";
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Fork{leader, worker, background, 0, 0, session}));
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{leader}));
    const auto request = system.take_request(device::Ioctl::number);
    ASSERT_TRUE(request);
    const auto leave = decode_request<device::Ioctl>(request->message);
    EXPECT_EQ(leave.code, static_cast<std::uint32_t>(TIOCNOTTY));
    EXPECT_EQ(leave.group, leave.session) << "as the leader gives it up";
    EXPECT_EQ(leave.session, session);
    EXPECT_EQ(call(worker, SYS_open, "/dev/tty", O_RDWR, 0), to_wire(Error::no_entry)) << "no such node here";
    EXPECT_EQ((*server->ask(endpoint::procfs, vfs::TerminalOf{worker}))->device, 0u);
}

}  // namespace
}  // namespace axo::fake
