// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Calls that wait without bound: each is a record, so that VFS is quiet while nothing else goes on; no edge is lost
// between look and sleep, and signals, deadlines and the death of drivers find every one.
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

#include "test/host/vfs/late_terminal.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint a = Endpoint::make(40, 1), b = Endpoint::make(41, 1);
constexpr std::int64_t waits = -9999;

struct VfsWaits : testing::Test, VfsMachine {
    LateTerminal terminal;
    std::int64_t console;
    bool terminal_gone = false;

    VfsWaits() : terminal(system, *server) {
        add_process(a, 2);
        add_process(b, 3);
        console = call(a, SYS_open, "/dev/console", O_RDWR, 0);
    }
    std::int64_t result(std::uint64_t tag, Endpoint who = a) { return server->user_result(who, tag).value_or(waits); }
    void cancel(std::uint64_t tag, Endpoint who = a) {
        EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{who, 0, tag}));
    }
    std::uint64_t start_read(char *buffer, std::size_t bytes) { return start(a, SYS_read, console, buffer, bytes); }
    static const void *data(const std::string &text) { return text.data(); }
    /// Nothing of VFS is on a coroutine's stack: it could be updated now.
    void expect_quiet() {
        EXPECT_EQ(server->state().running, 0u);
        EXPECT_EQ(sef::context().live_frames, 0u);
    }
    /// DS says that the label of the driver and all it published are gone.
    void terminal_label_goes() {
        system.answer<ds::EndpointOf>(
            [](Endpoint, const ds::EndpointOf &) -> Result<ds::EndpointOf::Reply> { return Error::no_process; });
        system.answer<ds::Check>([this](Endpoint, const ds::Check &request) -> Result<ds::Check::Reply> {
            if (std::exchange(terminal_gone, true)) return Error::no_entry;
            static constexpr std::string_view key = "drv.vfs.tty";
            const auto to = system.granted(request.key, endpoint::ds);
            std::memcpy(to.data(), key.data(), key.size());
            return ds::Check::Reply{
                .type = ds::Type::number, .owner = endpoint::none, .key_bytes = key.size(), .deleted = 1, .value = 0};
        });
        server->notify(endpoint::ds);
    }
};

// ---- reads and writes of a character device -------------------------------------------------------

TEST_F(VfsWaits, terminal_read_is_a_record_and_ends_when_something_is_typed) {
    char buffer[8] = {};
    const auto tag = start_read(buffer, 7);
    terminal.run();
    EXPECT_EQ(result(tag), waits);
    expect_quiet();
    terminal.type("hello");
    terminal.run();
    EXPECT_EQ(result(tag), 5);
    EXPECT_EQ(std::string(buffer), "hello");
    EXPECT_EQ(terminal.requests, 2u);
    expect_quiet();
}

TEST_F(VfsWaits, read_of_what_is_there_costs_one_request) {
    terminal.input = "there";
    char buffer[8] = {};
    const auto tag = start_read(buffer, 7);
    terminal.run();
    EXPECT_EQ(result(tag), 5);
    EXPECT_EQ(terminal.requests, 1u);
}

/// Typed after the driver said `again` and before VFS heard of it; the report comes first or last.
TEST_F(VfsWaits, report_that_overtakes_the_answer_is_not_lost) {
    for (const std::size_t first : {0u, 1u}) {
        char buffer[8] = {};
        const auto tag = start_read(buffer, 7);
        terminal.take_requests();
        terminal.type("x");
        ASSERT_EQ(terminal.outgoing.size(), 2u);
        terminal.let_go(first);
        terminal.run();
        EXPECT_EQ(result(tag), 1) << "first " << first;
    }
}

TEST_F(VfsWaits, one_report_wakes_all_and_who_comes_late_waits_on) {
    char first[2] = {}, second[2] = {};
    const auto one = start_read(first, 1), two = start_read(second, 1);
    terminal.run();
    terminal.type("x");
    terminal.run();
    EXPECT_EQ(result(one), 1);
    EXPECT_EQ(result(two), waits);
    terminal.type("y");
    terminal.run();
    EXPECT_EQ(result(two), 1);
    EXPECT_EQ(std::string(first) + second, "xy");
}

TEST_F(VfsWaits, signal_ends_a_terminal_read_whether_it_waits_or_is_being_asked) {
    char byte = 0;
    auto tag = start_read(&byte, 1);
    terminal.run();
    cancel(tag);
    EXPECT_EQ(result(tag), to_wire(Error::restart_call));
    tag = start_read(&byte, 1);
    cancel(tag);
    EXPECT_EQ(result(tag), waits) << "the driver has the buffer: its answer must come first";
    terminal.run();
    EXPECT_EQ(result(tag), to_wire(Error::restart_call));
    terminal.type("z");
    terminal.run();
    EXPECT_EQ(terminal.input, "z") << "nobody reads it any more";
    expect_quiet();
    terminal.input.clear();
    tag = start_read(&byte, 1);
    terminal.run();
    EXPECT_EQ(result(tag), waits) << "the next call is another one";
}

TEST_F(VfsWaits, nonblocking_read_says_again) {
    EXPECT_EQ(call(a, SYS_fcntl, console, F_SETFL, O_NONBLOCK), 0);
    char byte = 0;
    const auto tag = start_read(&byte, 1);
    terminal.run();
    EXPECT_EQ(result(tag), -EAGAIN);
}

/// D8: what arrived fills the first part; the second must not wait for more.
TEST_F(VfsWaits, readv_returns_what_arrived_for_its_first_part) {
    char first[4] = {}, second[4] = {};
    const struct {
        void *base;
        std::uint64_t bytes;
    } parts[2] = {{first, 3}, {second, 3}};
    terminal.input = "abc";
    const auto tag = start(a, SYS_readv, console, parts, 2);
    terminal.run();
    EXPECT_EQ(result(tag), 3);
    EXPECT_EQ(std::string(first), "abc");
    EXPECT_EQ(terminal.read_flags, device::open_flag::nonblock) << "not even for VTIME";
}

TEST_F(VfsWaits, long_write_goes_on_as_the_terminal_drains_and_is_a_record_between) {
    const std::string text = "a text that is longer than the terminal takes at once";
    terminal.room = 10;
    const auto tag = start(a, SYS_write, console, data(text), text.size());
    terminal.run();
    EXPECT_EQ(result(tag), waits);
    expect_quiet();
    while (terminal.output.size() < text.size()) {
        terminal.drain(7);
        terminal.run();
    }
    EXPECT_EQ(result(tag), static_cast<std::int64_t>(text.size()));
    EXPECT_EQ(terminal.output, text);
}

TEST_F(VfsWaits, writev_goes_on_in_the_part_where_it_stopped) {
    const struct {
        const void *base;
        std::uint64_t bytes;
    } parts[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
    terminal.room = 6;
    const auto tag = start(a, SYS_writev, console, parts, 3);
    for (terminal.run(); terminal.output.size() < 13; terminal.run()) terminal.drain(3);
    EXPECT_EQ(result(tag), 13);
    EXPECT_EQ(terminal.output, "one two three");
}

TEST_F(VfsWaits, signal_ends_a_write_with_what_was_written) {
    const std::string text(20, 'x');
    terminal.room = 8;
    auto tag = start(a, SYS_write, console, data(text), text.size());
    terminal.run();
    cancel(tag);
    EXPECT_EQ(result(tag), 8);
    tag = start(a, SYS_write, console, data(text), text.size());
    terminal.run();
    cancel(tag);
    EXPECT_EQ(result(tag), to_wire(Error::restart_call));
}

TEST_F(VfsWaits, sendfile_to_a_terminal_never_waits_at_the_driver) {
    const auto fd = call(a, SYS_open, "/f", O_CREAT | O_RDWR, 0644);
    EXPECT_EQ(call(a, SYS_write, fd, "abcdef", 6), 6);
    EXPECT_EQ(call(a, SYS_lseek, fd, 0, SEEK_SET), 0);
    terminal.room = 4;
    auto tag = start(a, SYS_sendfile, console, fd, 0, 100);
    const auto meanwhile = start(a, SYS_lseek, fd, 0, SEEK_CUR);
    EXPECT_FALSE(server->user_result(a, meanwhile)) << "the position is sendfile's";
    terminal.run();
    EXPECT_EQ(result(tag), 4);
    EXPECT_EQ(result(meanwhile), 4);
    EXPECT_EQ(terminal.output, "abcd");
    EXPECT_EQ(call(a, SYS_lseek, fd, 0, SEEK_CUR), 4);
    tag = start(a, SYS_sendfile, console, fd, 0, 100);
    terminal.run();
    EXPECT_EQ(result(tag), -EINVAL) << "programs go on with read and write";
    expect_quiet();
}

// ---- poll and select ------------------------------------------------------------------------------

TEST_F(VfsWaits, poll_of_a_terminal_waits_as_a_record_and_sees_what_is_typed) {
    pollfd set{static_cast<int>(console), POLLIN, 0};
    const auto tag = start(a, SYS_poll, &set, 1, -1);
    terminal.run();
    EXPECT_EQ(result(tag), waits);
    expect_quiet();
    terminal.type("x");
    terminal.run();
    EXPECT_EQ(result(tag), 1);
    EXPECT_EQ(set.revents, POLLIN);
    expect_quiet();
}

TEST_F(VfsWaits, poll_that_may_not_wait_still_waits_for_the_drivers_answer) {
    terminal.input = "x";
    pollfd set{static_cast<int>(console), POLLIN, 0};
    const auto tag = start(a, SYS_poll, &set, 1, 0);
    EXPECT_EQ(result(tag), waits);
    system.advance(seconds(1));
    EXPECT_EQ(result(tag), waits);
    terminal.run();
    EXPECT_EQ(result(tag), 1);
}

/// Typed between the driver's answer and VFS hearing of it, and read by another before VFS asks again.
TEST_F(VfsWaits, edge_between_the_answer_and_the_sleep_makes_poll_ask_again) {
    pollfd set{static_cast<int>(console), POLLIN, 0};
    const auto tag = start(a, SYS_poll, &set, 1, -1);
    terminal.take_requests();
    terminal.type("x");
    ASSERT_EQ(terminal.outgoing.size(), 2u);
    terminal.let_go(1);  // the report first
    EXPECT_EQ(result(tag), waits);
    terminal.let_go(0);  // "not ready" is old by now
    terminal.run();
    EXPECT_EQ(result(tag), 1);
    terminal.input.clear();
    const auto other = start(a, SYS_poll, &set, 1, -1);
    terminal.run();
    terminal.type("y");
    terminal.input.clear();  // somebody else was quicker: the report is true no more
    terminal.run();
    EXPECT_EQ(result(other), waits);
    terminal.type("z");
    terminal.run();
    EXPECT_EQ(result(other), 1);
}

TEST_F(VfsWaits, signal_ends_a_poll_in_every_phase) {
    pollfd set{static_cast<int>(console), POLLIN, 0};
    auto tag = start(a, SYS_poll, &set, 1, -1);
    cancel(tag);  // the driver is being asked
    EXPECT_EQ(result(tag), -EINTR);
    terminal.run();
    expect_quiet();
    tag = start(a, SYS_poll, &set, 1, -1);
    terminal.run();
    cancel(tag);  // it sleeps
    EXPECT_EQ(result(tag), -EINTR);
    tag = start(a, SYS_poll, &set, 1, -1);
    terminal.run();
    terminal.type("x");
    terminal.let_go();  // the report: it asks again
    cancel(tag);
    EXPECT_EQ(result(tag), -EINTR);
    terminal.run();
    expect_quiet();
}

TEST_F(VfsWaits, each_poll_has_its_own_deadline) {
    int ends[2] = {};
    EXPECT_EQ(call(a, SYS_pipe, ends), 0);
    pollfd sets[3] = {{ends[0], POLLIN, 0}, {ends[0], POLLIN, 0}, {static_cast<int>(console), POLLIN, 0}};
    const auto late = start(a, SYS_poll, &sets[0], 1, 90), early = start(a, SYS_poll, &sets[1], 1, 30),
               device = start(a, SYS_poll, &sets[2], 1, 60);
    terminal.run();
    expect_quiet();
    system.advance(milliseconds(31));
    server->run();
    EXPECT_EQ(result(early), 0);
    EXPECT_EQ(result(device), waits);
    system.advance(milliseconds(30));
    server->run();
    terminal.run();
    EXPECT_EQ(result(device), 0);
    EXPECT_EQ(result(late), waits);
    cancel(late);
    EXPECT_EQ(result(late), -EINTR);
    system.advance(seconds(1));
    server->run();
    EXPECT_EQ(server->state().deadlines.first(), nullptr);
}

TEST_F(VfsWaits, poll_of_pipe_and_terminal_ends_by_whichever_is_first) {
    int ends[2] = {};
    EXPECT_EQ(call(a, SYS_pipe, ends), 0);
    pollfd set[2] = {{static_cast<int>(console), POLLIN, 0}, {ends[0], POLLIN, 0}};
    const auto tag = start(a, SYS_poll, set, 2, -1);
    EXPECT_EQ(call(a, SYS_write, ends[1], "x", 1), 1);
    EXPECT_EQ(result(tag), waits) << "the terminal has not answered yet";
    terminal.run();
    EXPECT_EQ(result(tag), 1);
    EXPECT_EQ(set[1].revents, POLLIN);
}

TEST_F(VfsWaits, select_waits_as_a_record_and_leaves_its_sets_alone_when_interrupted) {
    std::uint64_t in = 1ull << console;
    auto tag = start(a, SYS_select, console + 1, &in, 0, 0, 0);
    terminal.run();
    expect_quiet();
    cancel(tag);
    EXPECT_EQ(result(tag), -EINTR);
    EXPECT_EQ(in, 1ull << console);
    tag = start(a, SYS_select, console + 1, &in, 0, 0, 0);
    terminal.run();
    terminal.type("x");
    terminal.run();
    EXPECT_EQ(result(tag), 1);
    EXPECT_EQ(in, 1ull << console);
}

TEST_F(VfsWaits, mask_is_in_force_for_the_wait_and_taken_back_after_it) {
    unsigned put = 0, taken = 0;
    system.answer<pm::WaitMask>([&](Endpoint, const pm::WaitMask &) -> Result<Nothing> { return ++put, Nothing{}; });
    system.answer<pm::WaitMaskOver>(
        [&](Endpoint, const pm::WaitMaskOver &) -> Result<Nothing> { return ++taken, Nothing{}; });
    pollfd set{static_cast<int>(console), POLLIN, 0};
    const std::uint64_t mask = 0;
    auto tag = start(a, SYS_ppoll, &set, 1, 0, &mask, 8);
    terminal.run();
    expect_quiet();
    EXPECT_EQ(put, 1u);
    EXPECT_EQ(taken, 0u);
    terminal.type("x");
    terminal.run();
    EXPECT_EQ(result(tag), 1);
    EXPECT_EQ(taken, 1u);
    terminal.input.clear();
    tag = start(a, SYS_ppoll, &set, 1, 0, &mask, 8);
    terminal.run();
    cancel(tag);
    EXPECT_EQ(result(tag), -EINTR);
    EXPECT_EQ(taken, 1u) << "PM takes it back behind the handler";
}

TEST_F(VfsWaits, result_whose_page_is_missing_is_delivered_when_it_is_there) {
    pollfd set{static_cast<int>(console), POLLIN, 0};
    const auto tag = start(a, SYS_poll, &set, 1, -1);
    terminal.run();
    system.absent_ranges.push_back({reinterpret_cast<std::uint64_t>(&set), sizeof set});
    terminal.type("x");
    terminal.run();
    EXPECT_EQ(result(tag), 1);
    EXPECT_EQ(set.revents, POLLIN);
}

// ---- drivers that die -----------------------------------------------------------------------------

/// D7: nothing of ours is unanswered at the driver, so the kernel tells us nothing; DS does.
TEST_F(VfsWaits, driver_that_is_down_for_good_ends_reads_writes_and_polls) {
    char byte = 0;
    const std::string text(20, 'x');
    pollfd set{static_cast<int>(console), POLLIN, 0};
    terminal.room = 5;
    const auto reading = start_read(&byte, 1), polling = start(a, SYS_poll, &set, 1, -1),
               writing = start(a, SYS_write, console, data(text), text.size());
    terminal.run();
    expect_quiet();
    terminal_label_goes();
    EXPECT_EQ(result(reading), -EIO);
    EXPECT_EQ(result(writing), 5);
    EXPECT_EQ(result(polling), 1);
    EXPECT_EQ(set.revents, POLLERR | POLLHUP);
    EXPECT_EQ(call(a, SYS_read, console, &byte, 1), -EIO);
    EXPECT_EQ(call(a, SYS_poll, &set, 1, -1), 1);
    EXPECT_EQ(call(a, SYS_close, console), 0);
    EXPECT_EQ(server->state().files.count(), 0u);
}

TEST_F(VfsWaits, driver_that_dies_while_it_is_asked_ends_the_call) {
    char byte = 0;
    pollfd set{static_cast<int>(console), POLLIN, 0};
    const auto reading = start_read(&byte, 1), polling = start(a, SYS_poll, &set, 1, -1);
    server->peer_died(endpoint::tty);
    EXPECT_EQ(result(reading), -EIO);
    EXPECT_EQ(result(polling), 1);
    EXPECT_NE(set.revents & POLLERR, 0);
    expect_quiet();
}

// ---- what is shared -------------------------------------------------------------------------------

TEST_F(VfsWaits, two_opens_share_content_and_dup_and_fork_share_the_position) {
    const auto fd = call(a, SYS_open, "/f", O_CREAT | O_RDWR, 0644), other = call(a, SYS_open, "/f", O_RDWR, 0);
    const auto copy = call(a, SYS_dup, fd);
    const Endpoint child = Endpoint::make(42, 1);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Fork{a, child, 4, 0, 0, 0}));
    EXPECT_EQ(call(a, SYS_write, fd, "abcdef", 6), 6);
    char text[8] = {};
    EXPECT_EQ(call(a, SYS_read, other, text, 2), 2);
    EXPECT_EQ(std::string(text), "ab") << "a second open has its own position";
    EXPECT_EQ(call(a, SYS_lseek, copy, 1, SEEK_SET), 1);
    EXPECT_EQ(call(child, SYS_read, fd, text, 2), 2);
    EXPECT_EQ(std::string(text), "bc") << "dup and fork share it";
    EXPECT_EQ(call(a, SYS_lseek, fd, 0, SEEK_CUR), 3);
    EXPECT_EQ(call(child, SYS_fcntl, fd, F_SETFL, O_APPEND), 0);
    EXPECT_EQ(call(a, SYS_fcntl, copy, F_GETFL) & O_APPEND, O_APPEND);
    EXPECT_EQ(call(a, SYS_fcntl, other, F_GETFL) & O_APPEND, 0);
}

TEST_F(VfsWaits, opens_of_one_device_share_it_and_count_one_by_one_at_the_driver) {
    const auto second = call(b, SYS_open, "/dev/console", O_RDWR, 0);
    EXPECT_EQ(opens, 2u);
    EXPECT_EQ(server->state().open_devices.all().count(), 1u);
    char byte = 0;
    const auto reading = start(b, SYS_read, second, &byte, 1);
    terminal.run();
    terminal.type("x");
    terminal.run();
    EXPECT_EQ(result(reading, b), 1);
    EXPECT_EQ(call(a, SYS_close, console), 0);
    EXPECT_EQ(call(b, SYS_close, second), 0);
    EXPECT_EQ(server->state().open_devices.all().count(), 0u);
    unsigned closed = 0;
    while (system.take_request(device::Close::number)) ++closed;
    EXPECT_EQ(closed, 2u);
}

/// Every wait there is, at once: no frame is alive, and an exit of the process takes them all.
TEST_F(VfsWaits, vfs_is_quiet_while_all_that_is_left_waits_without_bound) {
    int ends[2] = {}, full[2] = {};
    EXPECT_EQ(call(a, SYS_pipe, ends), 0);
    EXPECT_EQ(call(a, SYS_pipe, full), 0);
    const std::string much(70000, 'x');
    EXPECT_EQ(call(a, SYS_mknod, "/tmp/fifo", S_IFIFO | 0600, 0), 0);
    const auto fd = call(a, SYS_open, "/f", O_CREAT | O_RDWR, 0644), other = call(b, SYS_open, "/f", O_RDWR, 0);
    EXPECT_EQ(call(b, SYS_flock, other, 2), 0);
    char byte = 0;
    pollfd set[2] = {{static_cast<int>(console), POLLIN, 0}, {ends[0], POLLIN, 0}};
    terminal.room = 0;
    const std::uint64_t fifo = place_text("/tmp/fifo");
    const std::uint64_t tags[] = {
        start(a, SYS_read, ends[0], &byte, 1), start(a, SYS_write, full[1], data(much), much.size()),
        start(a, SYS_open, fifo, O_RDONLY),    start(a, SYS_flock, fd, 2),
        start(a, SYS_poll, set, 2, -1),        start_read(&byte, 1),
        start(a, SYS_poll, set, 2, 100'000),   start(a, SYS_write, console, data(much), 10),
    };
    terminal.run();
    for (const std::uint64_t tag : tags) EXPECT_EQ(result(tag), waits);
    expect_quiet();
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{a}));
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{b}));
    expect_quiet();
    EXPECT_EQ(server->state().files.count(), 0u);
    EXPECT_EQ(server->state().pipes, 0u);
    EXPECT_EQ(server->state().deadlines.first(), nullptr);
    EXPECT_EQ(sys::grants().in_use(), 0u);
}

}  // namespace
}  // namespace axo::fake
