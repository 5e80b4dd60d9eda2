// Which child a wait is about.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "servers/pm/process/wait_rule.hpp"

using namespace axo::pm;
namespace option = axo::pm::abi::wait_option;

namespace {

constexpr ChildState running{
    .pid = 10, .group = 5, .zombie = false, .stop_unreported = false, .continue_unreported = false};
constexpr ChildState dead{
    .pid = 10, .group = 5, .zombie = true, .stop_unreported = false, .continue_unreported = false};
constexpr ChildState stopped{
    .pid = 10, .group = 5, .zombie = false, .stop_unreported = true, .continue_unreported = false};
constexpr ChildState continued{
    .pid = 10, .group = 5, .zombie = false, .stop_unreported = false, .continue_unreported = true};

TEST(WaitRule, pid_argument_of_wait4) {
    EXPECT_TRUE(wait_names(wait4_target(10, 0, 1), running));
    EXPECT_FALSE(wait_names(wait4_target(11, 0, 1), running));
    EXPECT_TRUE(wait_names(wait4_target(-1, 0, 1), running));
    EXPECT_TRUE(wait_names(wait4_target(0, 0, 5), running));
    EXPECT_FALSE(wait_names(wait4_target(0, 0, 6), running));
    EXPECT_TRUE(wait_names(wait4_target(-5, 0, 1), running));
    EXPECT_FALSE(wait_names(wait4_target(-6, 0, 1), running));
}

TEST(WaitRule, events_are_reported_only_when_asked_for) {
    const WaitTarget exits = wait4_target(-1, option::exited, 1);
    EXPECT_EQ(wait_event(exits, running), ChildEvent::none);
    EXPECT_EQ(wait_event(exits, dead), ChildEvent::exited);
    EXPECT_EQ(wait_event(exits, stopped), ChildEvent::none);
    EXPECT_EQ(wait_event(wait4_target(-1, option::stopped, 1), stopped), ChildEvent::stopped);
    EXPECT_EQ(wait_event(wait4_target(-1, option::continued, 1), continued), ChildEvent::continued);
    EXPECT_EQ(wait_event(wait4_target(-1, option::stopped, 1), dead), ChildEvent::none);
}

TEST(WaitRule, options_and_status_words_are_the_hosts) {
    EXPECT_EQ(option::no_hang, unsigned{WNOHANG});
    EXPECT_EQ(option::stopped, unsigned{WUNTRACED});
    EXPECT_EQ(option::continued, unsigned{WCONTINUED});
    EXPECT_EQ(option::no_wait, unsigned{WNOWAIT});
    const int exited = static_cast<int>(wait_status::exited(0x1fe)), killed = static_cast<int>(wait_status::killed(9)),
              stop = static_cast<int>(wait_status::stopped(20));
    EXPECT_TRUE(WIFEXITED(exited));
    EXPECT_EQ(WEXITSTATUS(exited), 0xfe);
    EXPECT_TRUE(WIFSIGNALED(killed));
    EXPECT_EQ(WTERMSIG(killed), 9);
    EXPECT_TRUE(WIFSTOPPED(stop));
    EXPECT_EQ(WSTOPSIG(stop), 20);
    EXPECT_TRUE(WIFCONTINUED(static_cast<int>(wait_status::continued)));
}

}  // namespace
