// sources: drivers/log/log.cpp lib/driver/announce.cpp
// The log driver as a service: readers that wait, readers of their own, written lines.
#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "drivers/log/log.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

constexpr Endpoint client = endpoint::vfs;

struct LogDriver : testing::Test {
    fake::System system{endpoint::log};
    fake::Service<log::Log> service;
    std::string ring;
    std::vector<std::uint32_t> minors;

    void SetUp() override {
        system.on_kernel(KernelCall::get_log, [this](const fake::Arguments &a, std::uint64_t &next) -> std::int64_t {
            const std::size_t from = std::min<std::size_t>(a[0], ring.size());
            const std::size_t count = std::min<std::size_t>(ring.size() - from, a[2]);
            std::memcpy(reinterpret_cast<char *>(a[1]), ring.data() + from, count);
            next = from + count;
            return static_cast<std::int64_t>(count);
        });
        system.on_kernel(KernelCall::diagnostics, [this](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
            ring.append(reinterpret_cast<const char *>(a[0]), a[1]);
            return 0;
        });
        system.answer<ds::LabelOf>(
            [](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> { return Error::no_process; });
        system.answer<ds::Publish>([](Endpoint, const ds::Publish &) -> Result<Nothing> { return Nothing{}; });
        ring = "start\n";
        ASSERT_TRUE(service.start());
    }
    void TearDown() override {
        for (std::uint32_t minor : minors)
            EXPECT_TRUE(*service.ask(client, device::Close{.minor = minor, .reserved = 0}));
    }

    std::uint32_t open() {
        const auto opened = *service.ask(client, device::Open{.minor = 0, .flags = 3, .session = 0, .group = 0});
        EXPECT_TRUE(opened);
        minors.push_back(opened->minor);
        return opened->minor;
    }
    device::Read request(std::uint32_t minor, std::span<char> buffer, std::uint32_t flags = 0) {
        return {.minor = minor,
                .flags = flags,
                .offset = 0,
                .bytes = buffer.size(),
                .buffer = system.grant(client, buffer.data(), buffer.size()),
                .group = 0,
                .session = 0,
                .reserved = 0};
    }
    std::string read(std::uint32_t minor) {
        char buffer[256];
        const auto reply = service.ask(client, request(minor, buffer, device::open_flag::nonblock));
        if (!reply || !*reply) return "";
        return {buffer, (*reply)->bytes};
    }
    void more(std::string_view text) {
        ring += text;
        service.notify(endpoint::system, kernel_signal::log_text);
    }
};

TEST_F(LogDriver, each_open_reads_everything) {
    const auto first = open();
    EXPECT_EQ(read(first), "start\n");
    EXPECT_EQ(read(first), "");
    const auto second = open();
    EXPECT_NE(first, second);
    more("next\n");
    EXPECT_EQ(read(first), "next\n");
    EXPECT_EQ(read(second), "start\nnext\n");
}

TEST_F(LogDriver, read_at_the_end_waits_for_text) {
    const auto minor = open();
    read(minor);
    char buffer[64];
    const std::uint64_t tag = service.send(client, request(minor, buffer));
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
    more("now\n");
    const auto reply = service.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ(std::string(buffer, (*reply)->bytes), "now\n");
}

TEST_F(LogDriver, waiting_read_can_be_cancelled) {
    const auto minor = open();
    read(minor);
    char buffer[64];
    const std::uint64_t tag = service.send(client, request(minor, buffer));
    EXPECT_TRUE(*service.ask(client, device::Cancel{.tag = tag}));
    EXPECT_EQ(service.reply_of<device::Read>(client, tag)->error(), Error::interrupted);
}

TEST_F(LogDriver, poll_tells_of_new_text) {
    const auto minor = open();
    const device::Poll poll{.minor = minor, .events = device::poll_event::in, .watch = 1, .reserved = 0};
    EXPECT_EQ((*service.ask(client, poll))->ready, device::poll_event::in);
    read(minor);
    EXPECT_EQ((*service.ask(client, poll))->ready, 0u);
    more("x\n");
    ASSERT_TRUE(system.take_request(device::PollReady::number));
}

TEST_F(LogDriver, written_line_comes_back) {
    const auto minor = open();
    read(minor);
    const auto written = service.ask(client, device::Write{.minor = minor,
                                                           .flags = 0,
                                                           .offset = 0,
                                                           .bytes = 6,
                                                           .buffer = system.grant(client, "hello\n"),
                                                           .group = 0,
                                                           .session = 0,
                                                           .reserved = 0});
    ASSERT_TRUE(written && *written);
    service.notify(endpoint::system, kernel_signal::log_text);
    EXPECT_EQ(read(minor), "hello\n");
}

TEST_F(LogDriver, closed_minor_is_forgotten) {
    const auto minor = open();
    minors.clear();
    ASSERT_TRUE(*service.ask(client, device::Close{.minor = minor, .reserved = 0}));
    EXPECT_TRUE(service.state().readers.empty());
    char buffer[4];
    EXPECT_EQ(service.ask(client, request(minor, buffer))->error(), Error::service_restarted);
}

}  // namespace
}  // namespace axo
