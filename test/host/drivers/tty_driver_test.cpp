// sources: drivers/tty/tty.cpp drivers/tty/tty_transfer.cpp drivers/tty/tty_session.cpp drivers/tty/tty_ioctl.cpp
// sources: drivers/tty/line.cpp drivers/tty/line_edit.cpp drivers/tty/input_queue.cpp drivers/tty/output_side.cpp
// sources: lib/driver/announce.cpp
// The terminal driver as a service, over a model of the chip: waiting reads and writes, cancel, poll,
// ioctls, sessions and signals.
#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "drivers/tty/ioctl_code.hpp"
#include "drivers/tty/tty.hpp"
#include "lib/base/fixed_string.hpp"
#include "test/host/drivers/fake_uart.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

using tty::IoctlCode;

constexpr Endpoint client = endpoint::vfs;
constexpr std::uint32_t minor_console = tty::minor_console;

struct TtyDriver : testing::Test {
    fake::System system{endpoint::tty};
    fake::Service<tty::Tty> service;
    test::FakeUart chip;
    std::vector<pm::SignalGroup> signals;
    std::string kernel_log;
    std::vector<std::string> published;
    bool owner_alive = true;
    std::map<std::uint32_t, std::uint32_t> session_of{{77, 42}, {99, 50}};  // groups that there are

    void SetUp() override {
        chip.instant_wire = true;
        system.on_kernel(KernelCall::port_vector, [this](const fake::Arguments &a, std::uint64_t &) {
            const Status done = chip.run({reinterpret_cast<PortAccess *>(a[0]), a[1]});
            return to_wire(done);
        });
        system.on_kernel(KernelCall::get_log, [this](const fake::Arguments &a, std::uint64_t &next) -> std::int64_t {
            const std::size_t from = std::min<std::size_t>(a[0], kernel_log.size());
            const std::size_t count = std::min<std::size_t>(kernel_log.size() - from, a[2]);
            std::memcpy(reinterpret_cast<char *>(a[1]), kernel_log.data() + from, count);
            next = from + count;
            return static_cast<std::int64_t>(count);
        });
        system.answer<pm::SignalGroup>([this](Endpoint, const pm::SignalGroup &r) -> Result<Nothing> {
            if (r.signal != 0)
                signals.push_back(r);
            else if (!owner_alive)
                return Error::no_process;
            return Nothing{};
        });
        system.answer<pm::SessionOfGroup>(
            [this](Endpoint, const pm::SessionOfGroup &r) -> Result<pm::SessionOfGroup::Reply> {
                const auto found = session_of.find(r.group);
                if (found == session_of.end()) return Error::no_process;
                return pm::SessionOfGroup::Reply{.session = found->second, .reserved = 0};
            });
        system.answer<ds::LabelOf>([](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> {
            ds::LabelOf::Reply reply{};
            put_text(reply.label, "tty");
            return reply;
        });
        system.answer<ds::Publish>([this](Endpoint, const ds::Publish &r) -> Result<Nothing> {
            const auto key = system.granted(r.key, endpoint::ds);
            published.emplace_back(reinterpret_cast<const char *>(key.data()), r.key_bytes);
            return Nothing{};
        });
        kernel_log = "booting\n";
        ASSERT_TRUE(service.start());
        ASSERT_TRUE(open(minor_console));
        chip.sent.clear();
    }
    void TearDown() override {
        // Nothing may be left waiting, or its answer would come in the next test.
        for (auto minor : {minor_console, tty::minor_serial})
            while (*service.ask(client, device::Close{.minor = minor, .reserved = 0})) {}
        EXPECT_EQ(chip.faults, std::vector<std::string>{});
    }

    bool open(std::uint32_t minor, std::uint32_t session = 0) {
        const auto reply =
            service.ask(client, device::Open{.minor = minor, .flags = 3, .session = session, .group = session});
        return reply && *reply;
    }
    void type(std::string_view text) {
        chip.type(text);
        service.notify(endpoint::hardware, 1u << 4);
    }
    device::Read read_request(void *buffer, std::size_t bytes, std::uint32_t flags = 0) {
        return {.minor = minor_console,
                .flags = flags,
                .offset = 0,
                .bytes = bytes,
                .buffer = system.grant(client, buffer, bytes),
                .group = 0,
                .session = 0,
                .reserved = 0};
    }
    device::Write write_request(std::string_view text, std::uint32_t flags = 0) {
        return {.minor = minor_console,
                .flags = flags,
                .offset = 0,
                .bytes = text.size(),
                .buffer = system.grant(client, text),
                .group = 0,
                .session = 0,
                .reserved = 0};
    }
    template <typename T>
    auto ioctl(IoctlCode code, T &argument, std::uint32_t session = 0, std::uint32_t group = 0) {
        return *service.ask(client, device::Ioctl{.minor = minor_console,
                                                  .code = static_cast<std::uint32_t>(code),
                                                  .value = 0,
                                                  .argument = system.grant(client, &argument, sizeof argument),
                                                  .argument_bytes = sizeof argument,
                                                  .group = group,
                                                  .session = session});
    }
    void set(auto edit) {
        tty::Termios settings{};
        const auto got = ioctl(IoctlCode::get_settings, settings);
        ASSERT_TRUE(got) << static_cast<int>(got.error());
        edit(settings);
        const auto changed = ioctl(IoctlCode::set_settings, settings);
        ASSERT_TRUE(changed) << static_cast<int>(changed.error());
    }
};

TEST_F(TtyDriver, write_goes_out_translated) {
    const auto reply = service.ask(client, write_request("hello\n"));
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->bytes, 6u);
    EXPECT_EQ(chip.sent, "hello\r\n");
}

TEST_F(TtyDriver, long_write_loses_nothing_on_a_slow_wire) {
    chip.instant_wire = false;
    std::string text;
    for (int i = 0; i < 50000; ++i) text.push_back(static_cast<char>('!' + i % 91));
    const std::uint64_t tag = service.send(client, write_request(text));
    for (int i = 0; i < 5000 && chip.sent.size() < text.size(); ++i) {
        chip.drain();
        if (chip.interrupt_pending()) service.notify(endpoint::hardware, 1u << 4);
    }
    EXPECT_EQ(chip.sent, text);
    const auto reply = service.reply_of<device::Write>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->bytes, text.size());
}

TEST_F(TtyDriver, nonblocking_write_takes_what_fits) {
    chip.instant_wire = false;
    const auto reply = service.ask(client, write_request(std::string(20000, 'x'), device::open_flag::nonblock));
    ASSERT_TRUE(reply && *reply);
    EXPECT_LT((*reply)->bytes, 20000u);
    EXPECT_GT((*reply)->bytes, 1000u);
    // What went into the chip's FIFO made a little room; then there is none.
    auto next = service.ask(client, write_request("y", device::open_flag::nonblock));
    for (int i = 0; i < 100 && next && *next; ++i)
        next = service.ask(client, write_request("y", device::open_flag::nonblock));
    ASSERT_TRUE(next && !*next);
    EXPECT_EQ(next->error(), Error::again);
}

TEST_F(TtyDriver, read_waits_for_a_line) {
    char buffer[32] = {};
    const std::uint64_t tag = service.send(client, read_request(buffer, sizeof buffer));
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
    type("hi");
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
    type("\r");
    const auto reply = service.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ(std::string(buffer, (*reply)->bytes), "hi\n");
    EXPECT_EQ(chip.sent, "hi\r\n");
}

TEST_F(TtyDriver, typed_ahead_is_kept) {
    type("early\r");
    char buffer[32] = {};
    const auto reply = service.ask(client, read_request(buffer, sizeof buffer));
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ(std::string(buffer, (*reply)->bytes), "early\n");
}

TEST_F(TtyDriver, readers_are_served_in_order) {
    char first[8] = {}, second[8] = {};
    const std::uint64_t a = service.send(client, read_request(first, sizeof first));
    const std::uint64_t b = service.send(client, read_request(second, sizeof second));
    type("1\r2\r");
    ASSERT_TRUE(service.reply_of<device::Read>(client, a));
    ASSERT_TRUE(service.reply_of<device::Read>(client, b));
    EXPECT_EQ(first[0], '1');
    EXPECT_EQ(second[0], '2');
}

TEST_F(TtyDriver, nonblocking_read_says_again) {
    char buffer[8];
    const auto reply = service.ask(client, read_request(buffer, sizeof buffer, device::open_flag::nonblock));
    ASSERT_TRUE(reply && !*reply);
    EXPECT_EQ(reply->error(), Error::again);
}

TEST_F(TtyDriver, cancel_answers_the_read_interrupted) {
    char buffer[8];
    const std::uint64_t tag = service.send(client, read_request(buffer, sizeof buffer));
    ASSERT_TRUE(*service.ask(client, device::Cancel{.tag = tag}));
    const auto reply = service.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply && !*reply);
    EXPECT_EQ(reply->error(), Error::interrupted);
    type("x\r");  // nobody's read: stays
    EXPECT_TRUE(*service.ask(client, read_request(buffer, sizeof buffer)));
}

TEST_F(TtyDriver, cancel_of_a_write_tells_how_far_it_came) {
    chip.instant_wire = false;
    const std::uint64_t tag = service.send(client, write_request(std::string(20000, 'x')));
    EXPECT_FALSE(service.reply_of<device::Write>(client, tag));
    ASSERT_TRUE(*service.ask(client, device::Cancel{.tag = tag}));
    const auto reply = service.reply_of<device::Write>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_GT((*reply)->bytes, 0u);
}

TEST_F(TtyDriver, cancel_by_somebody_else_does_nothing) {
    char buffer[8];
    const std::uint64_t tag = service.send(client, read_request(buffer, sizeof buffer));
    ASSERT_TRUE(*service.ask(endpoint::ds, device::Cancel{.tag = tag}));
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
}

TEST_F(TtyDriver, inter_byte_timer_ends_a_read) {
    set([](tty::Termios &t) {
        t.local = 0;
        t.set(tty::Control::minimum, 10);
        t.set(tty::Control::time, 2);
    });
    char buffer[32];
    const std::uint64_t tag = service.send(client, read_request(buffer, sizeof buffer));
    system.advance(seconds(5));
    service.run();
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
    type("ab");
    system.advance(milliseconds(150));
    type("c");
    system.advance(milliseconds(150));
    service.run();
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
    system.advance(milliseconds(100));
    service.run();
    const auto reply = service.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->bytes, 3u);
}

TEST_F(TtyDriver, read_timer_ends_with_nothing) {
    set([](tty::Termios &t) {
        t.local = 0;
        t.set(tty::Control::minimum, 0);
        t.set(tty::Control::time, 5);
    });
    char buffer[32];
    const std::uint64_t tag = service.send(client, read_request(buffer, sizeof buffer));
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
    system.advance(milliseconds(600));
    service.run();
    const auto reply = service.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->bytes, 0u);
}

TEST_F(TtyDriver, poll_watch_is_told_once) {
    const device::Poll poll{.minor = minor_console, .events = device::poll_event::in, .watch = 1, .reserved = 0};
    EXPECT_EQ((*service.ask(client, poll))->ready, 0u);
    type("x\r");
    const auto told = system.take_request(device::PollReady::number);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->peer, client);
    EXPECT_EQ(decode_request<device::PollReady>(told->message).minor, minor_console);
    type("y\r");
    EXPECT_FALSE(system.take_request(device::PollReady::number));
    EXPECT_EQ((*service.ask(client, poll))->ready, device::poll_event::in);
}

// ---- bounded requests: `again` and one report, never a wait for an event

TEST_F(TtyDriver, bounded_read_says_again_and_reports_the_line) {
    char buffer[32];
    const auto read = [&] {
        return *service.ask(client, read_request(buffer, sizeof buffer, device::open_flag::bounded));
    };
    EXPECT_EQ(read().error(), Error::again);
    type("li");
    EXPECT_FALSE(system.take_request(device::PollReady::number)) << "it is no line yet";
    type("ne\r");
    const auto told = system.take_request(device::PollReady::number);
    ASSERT_TRUE(told);
    EXPECT_EQ(decode_request<device::PollReady>(told->message).ready, device::poll_event::read_again);
    type("more\r");
    EXPECT_FALSE(system.take_request(device::PollReady::number)) << "told once";
    EXPECT_EQ(read()->bytes, 5u);
    EXPECT_EQ(read()->bytes, 5u);
    EXPECT_EQ(read().error(), Error::again);
}

/// poll waits for VMIN bytes, a read of fewer does not.
TEST_F(TtyDriver, bounded_read_of_one_byte_is_told_before_vmin_is_reached) {
    set([](tty::Termios &t) {
        t.local = 0;
        t.set(tty::Control::minimum, 5);
        t.set(tty::Control::time, 0);
    });
    char byte = 0;
    EXPECT_EQ(service.ask(client, read_request(&byte, 1, device::open_flag::bounded))->error(), Error::again);
    type("a");
    EXPECT_TRUE(system.take_request(device::PollReady::number));
    EXPECT_EQ((*service.ask(client, read_request(&byte, 1, device::open_flag::bounded)))->bytes, 1u);
}

TEST_F(TtyDriver, bounded_read_waits_for_time_but_not_for_the_first_byte) {
    set([](tty::Termios &t) {
        t.local = 0;
        t.set(tty::Control::minimum, 10);
        t.set(tty::Control::time, 2);
    });
    char buffer[32];
    const auto request = [&] { return read_request(buffer, sizeof buffer, device::open_flag::bounded); };
    EXPECT_EQ(service.ask(client, request())->error(), Error::again);
    type("ab");
    EXPECT_TRUE(system.take_request(device::PollReady::number));
    const std::uint64_t tag = service.send(client, request());
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag)) << "between the bytes";
    system.advance(milliseconds(250));
    service.run();
    const auto reply = service.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->bytes, 2u);
}

TEST_F(TtyDriver, bounded_write_takes_what_fits_and_reports_when_much_of_it_is_out) {
    chip.instant_wire = false;
    std::string text;
    for (int i = 0; i < 50000; ++i) text.push_back(static_cast<char>('!' + i % 91));
    std::size_t done = 0;
    unsigned requests = 0;
    for (bool told = true; done < text.size();) {
        if (told) {
            const auto reply =
                service.ask(client, write_request(std::string_view(text).substr(done), device::open_flag::bounded));
            ASSERT_TRUE(reply);
            ++requests;
            told = reply->has_value();
            if (told) done += (*reply)->bytes;
            if (told) continue;
            ASSERT_EQ(reply->error(), Error::again);
        }
        chip.drain();
        if (chip.interrupt_pending()) service.notify(endpoint::hardware, 1u << 4);
        told = system.take_request(device::PollReady::number).has_value();
    }
    while (chip.sent.size() < text.size()) {
        chip.drain();
        if (chip.interrupt_pending()) service.notify(endpoint::hardware, 1u << 4);
    }
    EXPECT_EQ(chip.sent, text);
    EXPECT_LT(requests, 50u) << "a writer is not let go on at every byte";
}

TEST_F(TtyDriver, unopened_minor_is_refused_after_a_restart) {
    char buffer[8];
    auto request = read_request(buffer, sizeof buffer);
    request.minor = tty::minor_serial;
    const auto reply = service.ask(client, request);
    ASSERT_TRUE(reply && !*reply);
    EXPECT_EQ(reply->error(), Error::service_restarted);
}

TEST_F(TtyDriver, unknown_minor_is_no_device) {
    const auto reply = service.ask(client, device::Open{.minor = 9, .flags = 1, .session = 0, .group = 0});
    EXPECT_EQ(reply->error(), Error::no_device_address);
}

TEST_F(TtyDriver, console_and_serial_are_one_line) {
    ASSERT_TRUE(open(tty::minor_serial));
    auto request = write_request("x");
    request.minor = tty::minor_serial;
    ASSERT_TRUE(*service.ask(client, request));
    EXPECT_EQ(chip.sent, "x");
}

TEST_F(TtyDriver, leader_gets_the_terminal_at_open_and_signals_go_to_its_group) {
    const auto opened =
        service.ask(client, device::Open{.minor = minor_console, .flags = 3, .session = 42, .group = 42});
    ASSERT_TRUE(opened && *opened);
    EXPECT_EQ((*opened)->became_controlling, 1u);
    type("\x03");
    ASSERT_EQ(signals.size(), 1u);
    EXPECT_EQ(signals[0].group, 42u);
    EXPECT_EQ(signals[0].signal, 2u);
    std::int32_t group = 77;
    ASSERT_TRUE(ioctl(IoctlCode::set_group, group, 42, 42));
    type("\x1a");
    ASSERT_EQ(signals.size(), 2u);
    EXPECT_EQ(signals[1].group, 77u);
    EXPECT_EQ(signals[1].signal, 20u);
    group = 0;
    ASSERT_TRUE(ioctl(IoctlCode::get_group, group, 42));
    EXPECT_EQ(group, 77);
    EXPECT_EQ(ioctl(IoctlCode::get_group, group, 43).error(), Error::not_tty);
}

TEST_F(TtyDriver, only_a_group_of_the_session_comes_to_the_front) {
    ASSERT_TRUE(open(minor_console, 42));
    std::int32_t group = 99;
    EXPECT_EQ(ioctl(IoctlCode::set_group, group, 42, 42).error(), Error::not_permitted);
    group = 98;
    EXPECT_EQ(ioctl(IoctlCode::set_group, group, 42, 42).error(), Error::no_process);
    group = -5;
    EXPECT_EQ(ioctl(IoctlCode::set_group, group, 42, 42).error(), Error::invalid);
    EXPECT_EQ(service.state().jobs.group(), 42u);
}

TEST_F(TtyDriver, background_reads_nothing_and_changes_nothing) {
    ASSERT_TRUE(open(minor_console, 42));
    type("line\r");
    char buffer[8];
    auto read = read_request(buffer, sizeof buffer);
    read.session = 42;
    read.group = 77;
    EXPECT_EQ(service.ask(client, read)->error(), Error::background);
    tty::Termios settings = tty::default_termios();
    EXPECT_EQ(ioctl(IoctlCode::set_settings, settings, 42, 77).error(), Error::background);
    std::int32_t group = 77;
    EXPECT_EQ(ioctl(IoctlCode::set_group, group, 42, 77).error(), Error::background);
    EXPECT_TRUE(ioctl(IoctlCode::get_settings, settings, 42, 77));
    EXPECT_TRUE(ioctl(IoctlCode::set_settings, settings, 42, 42));
    read.group = 42;
    EXPECT_EQ((*service.ask(client, read))->bytes, 5u);
}

TEST_F(TtyDriver, background_writes_unless_it_is_told_to_stop) {
    ASSERT_TRUE(open(minor_console, 42));
    auto write = write_request("x");
    write.session = 42;
    write.group = 77;
    EXPECT_TRUE(*service.ask(client, write));
    set([](tty::Termios &t) { t.local |= tty::local_flag::stop_background_output; });
    EXPECT_EQ(service.ask(client, write)->error(), Error::background);
    write.group = 0;
    EXPECT_TRUE(*service.ask(client, write));
    write.group = 77;
    write.session = 50;
    EXPECT_TRUE(*service.ask(client, write)) << "it is not that one's terminal";
    EXPECT_EQ(chip.sent, "xxx");
}

TEST_F(TtyDriver, terminal_of_a_living_session_is_not_taken) {
    ASSERT_TRUE(open(minor_console, 42));
    const auto second =
        service.ask(client, device::Open{.minor = minor_console, .flags = 3, .session = 50, .group = 50});
    ASSERT_TRUE(second && *second);
    EXPECT_EQ((*second)->became_controlling, 0u);
}

TEST_F(TtyDriver, terminal_of_a_dead_session_is_taken) {
    ASSERT_TRUE(open(minor_console, 42));
    owner_alive = false;
    const auto second =
        service.ask(client, device::Open{.minor = minor_console, .flags = 3, .session = 50, .group = 50});
    ASSERT_TRUE(second && *second);
    EXPECT_EQ((*second)->became_controlling, 1u);
}

TEST_F(TtyDriver, giving_the_terminal_up_hangs_up_the_foreground) {
    ASSERT_TRUE(open(minor_console, 42));
    std::int32_t none = 0;
    ASSERT_TRUE(ioctl(IoctlCode::give_up_terminal, none, 42, 42));
    ASSERT_EQ(signals.size(), 2u);
    EXPECT_EQ(signals[0].signal, 1u);
    EXPECT_EQ(signals[1].signal, 18u);
    EXPECT_EQ(ioctl(IoctlCode::get_session, none, 42).error(), Error::not_tty);
}

TEST_F(TtyDriver, window_size_is_24_by_80_and_a_change_is_signalled) {
    ASSERT_TRUE(open(minor_console, 42));
    tty::WindowSize size{};
    ASSERT_TRUE(ioctl(IoctlCode::get_window, size));
    EXPECT_EQ(size.rows, 24);
    EXPECT_EQ(size.columns, 80);
    ASSERT_TRUE(ioctl(IoctlCode::set_window, size));
    EXPECT_TRUE(signals.empty());
    size.rows = 50;
    ASSERT_TRUE(ioctl(IoctlCode::set_window, size));
    ASSERT_EQ(signals.size(), 1u);
    EXPECT_EQ(signals[0].signal, 28u);
}

TEST_F(TtyDriver, small_argument_and_unknown_code_are_refused) {
    char small = 0;
    EXPECT_EQ(ioctl(IoctlCode::get_settings, small).error(), Error::invalid);
    EXPECT_EQ(ioctl(static_cast<IoctlCode>(0x1234), small).error(), Error::not_tty);
}

TEST_F(TtyDriver, settings_after_drain_wait_for_output) {
    chip.instant_wire = false;
    ASSERT_TRUE(*service.ask(client, write_request(std::string(100, 'x'))));
    tty::Termios settings = tty::default_termios();
    settings.local = 0;
    const std::uint64_t tag =
        service.send(client, device::Ioctl{.minor = minor_console,
                                           .code = static_cast<std::uint32_t>(IoctlCode::set_settings_drained),
                                           .value = 0,
                                           .argument = system.grant(client, &settings, sizeof settings),
                                           .argument_bytes = sizeof settings,
                                           .group = 0,
                                           .session = 0});
    EXPECT_FALSE(service.reply_of<device::Ioctl>(client, tag));
    for (int i = 0; i < 20; ++i) {
        chip.drain();
        service.notify(endpoint::hardware, 1u << 4);
    }
    const auto reply = service.reply_of<device::Ioctl>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_FALSE(service.state().line.canonical());
}

TEST_F(TtyDriver, kernel_text_is_shown_only_from_the_takeover_on) {
    kernel_log += "disk on fire\n";
    service.notify(endpoint::system, kernel_signal::log_text);
    EXPECT_EQ(chip.sent, "disk on fire\r\n");
}

TEST_F(TtyDriver, details_in_the_kernel_log_are_not_shown) {
    kernel_log += "one\n  rip 0\n from " + std::string(1000, 'x') + "\ntwo ";
    service.notify(endpoint::system, kernel_signal::log_text);
    kernel_log += " more\n three\nfour\n";
    service.notify(endpoint::system, kernel_signal::log_text);
    EXPECT_EQ(chip.sent, "one\r\ntwo  more\r\nfour\r\n");
}

TEST_F(TtyDriver, many_characters_waiting) {
    type("abc\r");
    std::int32_t count = 0;
    ASSERT_TRUE(ioctl(IoctlCode::input_queued, count));
    EXPECT_EQ(count, 4);
}

TEST_F(TtyDriver, announces_itself_at_start_and_restart_but_not_after_an_update) {
    ASSERT_EQ(published, std::vector<std::string>{"drv.vfs.tty"});
    ASSERT_TRUE(service.start({.kind = rs::InitKind::update, .restarts = 0, .table_count = 0, .table = invalid_grant}));
    EXPECT_EQ(published.size(), 1u);
    EXPECT_TRUE(*service.ask(client, write_request("still open")));
    ASSERT_TRUE(
        service.start({.kind = rs::InitKind::restart, .restarts = 1, .table_count = 0, .table = invalid_grant}));
    EXPECT_EQ(published.size(), 2u);
    EXPECT_EQ(service.ask(client, write_request("x"))->error(), Error::service_restarted);
}

}  // namespace
}  // namespace axo
