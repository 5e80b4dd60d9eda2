// sources: drivers/tty/line.cpp drivers/tty/line_edit.cpp drivers/tty/input_queue.cpp drivers/tty/output_side.cpp
// When a terminal read is satisfied, and whose terminal it is.
#include <gtest/gtest.h>

#include "drivers/tty/job_control.hpp"
#include "drivers/tty/read_policy.hpp"

namespace axo::tty {
namespace {

Line raw_line(std::uint8_t minimum, std::uint8_t time, unsigned typed) {
    Line line;
    Termios settings = default_termios();
    settings.local = 0;
    settings.set(Control::minimum, minimum);
    settings.set(Control::time, time);
    line.set_settings(settings);
    for (unsigned i = 0; i < typed; ++i) line.input('x');
    return line;
}

TEST(ReadPolicy, canonical_waits_for_a_line) {
    Line line;
    line.input('a');
    EXPECT_FALSE(satisfied(line, 10));
    EXPECT_FALSE(poll_readable(line));
    line.input('\n');
    EXPECT_TRUE(satisfied(line, 1));
    EXPECT_TRUE(poll_readable(line));
}

TEST(ReadPolicy, minimum_counts) {
    EXPECT_FALSE(satisfied(raw_line(5, 0, 4), 100));
    EXPECT_TRUE(satisfied(raw_line(5, 0, 5), 100));
    EXPECT_TRUE(satisfied(raw_line(5, 0, 2), 2));  // a smaller buffer asks for less
    EXPECT_FALSE(poll_readable(raw_line(5, 0, 4)));
}

TEST(ReadPolicy, no_minimum_and_no_time_never_waits) {
    EXPECT_TRUE(satisfied(raw_line(0, 0, 0), 10));
    EXPECT_FALSE(poll_readable(raw_line(0, 0, 0)));
}

TEST(ReadPolicy, time_alone_waits_for_one_byte_from_the_start) {
    const Line line = raw_line(0, 3, 0);
    EXPECT_FALSE(satisfied(line, 10));
    const ReadPolicy policy = read_policy(line.settings(), 10);
    EXPECT_EQ(policy.timeout, milliseconds(300));
    EXPECT_FALSE(policy.timer_needs_a_byte);
    EXPECT_TRUE(satisfied(raw_line(0, 3, 1), 10));
}

TEST(ReadPolicy, minimum_with_time_starts_after_a_byte) {
    const Line line = raw_line(4, 2, 1);
    EXPECT_FALSE(satisfied(line, 10));
    EXPECT_TRUE(read_policy(line.settings(), 10).timer_needs_a_byte);
    EXPECT_TRUE(poll_readable(line));
}

TEST(JobControl, free_terminal_goes_to_the_first_leader) {
    JobControl jobs;
    EXPECT_TRUE(jobs.acquire(7, 7));
    EXPECT_FALSE(jobs.acquire(8, 8));
    EXPECT_TRUE(jobs.belongs_to(7));
    EXPECT_FALSE(jobs.belongs_to(0));
    EXPECT_EQ(jobs.group(), 7u);
    jobs.release();
    EXPECT_FALSE(jobs.belongs_to(0));
    EXPECT_TRUE(jobs.acquire(8, 8));
}

TEST(JobControl, only_its_session_chooses_the_foreground) {
    JobControl jobs;
    EXPECT_EQ(jobs.may_set_group(0, 5).error(), Error::not_tty);
    jobs.acquire(7, 7);
    EXPECT_EQ(jobs.may_set_group(8, 5).error(), Error::not_tty);
    EXPECT_EQ(jobs.may_set_group(7, 0).error(), Error::invalid);
    EXPECT_EQ(jobs.may_set_group(7, 0x8000'0000).error(), Error::invalid);
    ASSERT_TRUE(jobs.may_set_group(7, 12));
    EXPECT_EQ(jobs.group(), 7u);
    jobs.set_group(12);
    EXPECT_EQ(jobs.group(), 12u);
}

TEST(JobControl, only_other_groups_of_its_session_are_in_the_background) {
    JobControl jobs;
    EXPECT_FALSE(jobs.in_background(7, 8)) << "nobody's terminal";
    EXPECT_FALSE(jobs.in_background(0, 8));
    jobs.acquire(7, 7);
    EXPECT_TRUE(jobs.in_background(7, 8));
    EXPECT_FALSE(jobs.in_background(7, 7));
    EXPECT_FALSE(jobs.in_background(7, 0)) << "not to be checked";
    EXPECT_FALSE(jobs.in_background(9, 8)) << "it is not that one's terminal";
}

}  // namespace
}  // namespace axo::tty
