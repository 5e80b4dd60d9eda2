// Delays, hung services, and which request a service may get when.
#include <gtest/gtest.h>

#include "servers/rs/service/policy.hpp"

using namespace axo;
using namespace axo::rs;

namespace {

ProcessInfo busy() {
    ProcessInfo info{};
    info.blocked_on = endpoint::none;
    return info;
}

ProcessInfo blocked_on(Endpoint peer) {
    ProcessInfo info{};
    info.blocked_on = peer;
    return info;
}

TEST(Backoff, first_restart_is_at_once_and_the_next_ones_later_and_later) {
    const std::uint64_t periods[] = {0, 0, 2, 4, 8, 16, 30, 30, 30};
    for (std::uint32_t failures = 0; failures < std::size(periods); ++failures)
        EXPECT_EQ(policy::backoff(failures, false).value, periods[failures] * policy::work_period.value) << failures;
    EXPECT_EQ(policy::backoff(~0u, false).value, 30 * policy::work_period.value);
}

TEST(Backoff, copy_in_memory_waits_one_period_at_most) {
    EXPECT_EQ(policy::backoff(1, true).value, 0u);
    for (std::uint32_t failures = 2; failures < 10; ++failures)
        EXPECT_EQ(policy::backoff(failures, true), policy::work_period);
}

TEST(Hang, elapsed_time_alone_proves_nothing) {
    const Nanoseconds limit = policy::patience(policy::default_heartbeat);
    EXPECT_FALSE(policy::is_hung(busy(), milliseconds(1), seconds(100), limit));
    EXPECT_TRUE(policy::is_hung(busy(), limit, limit, limit));
}

TEST(Hang, machine_that_stood_still_is_not_a_service_that_worked) {
    EXPECT_EQ(policy::believable(milliseconds(100)), milliseconds(100));
    const Nanoseconds limit = policy::patience(policy::default_heartbeat);
    EXPECT_FALSE(policy::is_hung(busy(), policy::believable(seconds(60)), seconds(60), limit));
    EXPECT_TRUE(
        policy::is_hung(busy(), policy::believable(seconds(60)) + policy::believable(seconds(60)), seconds(60), limit));
}

TEST(Hang, whoever_waits_for_messages_is_not_hung) {
    ProcessInfo info = blocked_on(endpoint::any);
    info.in_receive = 1;
    EXPECT_FALSE(policy::is_hung(info, seconds(10), seconds(100), milliseconds(400)));
}

TEST(Hang, blocked_on_a_helper_is_the_helpers_matter_and_on_anybody_else_its_own) {
    for (const Endpoint helper : {endpoint::vm, endpoint::ds, endpoint::rs})
        EXPECT_FALSE(policy::is_hung(blocked_on(helper), seconds(10), seconds(10), milliseconds(400)));
    EXPECT_TRUE(policy::is_hung(blocked_on(endpoint::vfs), milliseconds(0), seconds(1), milliseconds(400)));
    EXPECT_FALSE(policy::is_hung(blocked_on(endpoint::vfs), milliseconds(0), milliseconds(1), milliseconds(400)));
}

TEST(Hang, patience_finds_a_hang_within_a_second) {
    EXPECT_EQ(policy::patience(milliseconds(1)), milliseconds(100));
    EXPECT_EQ(policy::patience(seconds(100)), milliseconds(400));
    const Nanoseconds worst =
        policy::default_heartbeat + policy::patience(policy::default_heartbeat) + policy::work_period;
    EXPECT_LT(worst, seconds(1));
}

Service in_phase(Phase phase, std::uint32_t flags = 0) {
    Service service{};
    service.label = Label::cut("hello");
    service.phase = phase;
    service.flags = flags;
    return service;
}

TEST(Admission, running_service_takes_everything_but_restart) {
    const Service service = in_phase(Phase::running);
    for (const Wish wish : {Wish::down, Wish::refresh, Wish::update}) EXPECT_TRUE(policy::admits(service, wish));
    EXPECT_EQ(policy::admits(service, Wish::restart).error(), Error::busy);
}

TEST(Admission, dead_service_takes_only_down_and_restart) {
    for (const Phase phase : {Phase::backing_off, Phase::terminated, Phase::failed}) {
        const Service service = in_phase(phase);
        EXPECT_TRUE(policy::admits(service, Wish::down));
        EXPECT_TRUE(policy::admits(service, Wish::restart));
        EXPECT_EQ(policy::admits(service, Wish::refresh).error(), Error::not_permitted);
        EXPECT_EQ(policy::admits(service, Wish::update).error(), Error::not_permitted);
    }
}

TEST(Admission, service_that_is_being_changed_is_busy) {
    for (const Phase phase : {Phase::created, Phase::initialising, Phase::updating, Phase::stopping})
        EXPECT_EQ(policy::admits(in_phase(phase), Wish::down).error(), Error::busy);
    Service wanted = in_phase(Phase::running);
    wanted.wish = Wish::refresh;
    EXPECT_EQ(policy::admits(wanted, Wish::down).error(), Error::busy);
}

TEST(Admission, core_services_stay) {
    for (const Wish wish : {Wish::down, Wish::refresh, Wish::restart})
        EXPECT_EQ(policy::admits(in_phase(Phase::running, service_flag::core), wish).error(), Error::not_permitted);
    EXPECT_TRUE(policy::admits(in_phase(Phase::running, service_flag::core), Wish::update)) << "but may be replaced";
    Service rs = in_phase(Phase::running);
    rs.label = Label::cut("rs");
    EXPECT_EQ(policy::admits(rs, Wish::refresh).error(), Error::not_permitted);
    EXPECT_EQ(policy::admits(rs, Wish::update).error(), Error::not_permitted);
}

TEST(Signals, ending_ones_are_those_the_kernel_severs_at) {
    for (const int signal : {4, 5, 6, 7, 8, 9, 11, 13}) EXPECT_TRUE(policy::ends_process(signal)) << signal;
    for (const int signal : {0, 1, 2, 15, 17, 64, 65}) EXPECT_FALSE(policy::ends_process(signal)) << signal;
}

}  // namespace
