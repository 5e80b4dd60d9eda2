// sources: drivers/hello/hello.cpp drivers/hello/message.cpp drivers/hello/variants/hello2.cpp lib/driver/announce.cpp
// Both versions of the hello driver as services (ref 5.9; D 22, D 23).
#include "drivers/hello/hello.hpp"

#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "drivers/hello/variants/hello2.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

constexpr Endpoint client = endpoint::vfs;
constexpr device::Ioctl unknown_ioctl{
    .minor = 0, .code = 7, .value = 0, .argument = invalid_grant, .argument_bytes = 0, .group = 0, .session = 0};

template <class Driver>
struct Running {
    fake::System system;
    std::vector<std::string> published;
    fake::Service<Driver> service;

    explicit Running(rs::InitKind kind = rs::InitKind::fresh) {
        system.answer<ds::LabelOf>([](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> {
            ds::LabelOf::Reply reply{};
            std::strcpy(reply.label, "hello");
            return reply;
        });
        system.answer<ds::Publish>([this](Endpoint, const ds::Publish &) -> Result<Nothing> {
            published.push_back("up");
            return Nothing{};
        });
        start(kind);
    }
    void start(rs::InitKind kind) {
        const Status started = service.start({.kind = kind, .restarts = 0, .table_count = 0, .table = invalid_grant});
        EXPECT_TRUE(started);
    }

    Result<device::Open::Reply> open(std::uint32_t minor = 0) {
        return *service.ask(client, device::Open{.minor = minor, .flags = 1, .session = 0, .group = 0});
    }
    Result<Nothing> close() { return *service.ask(client, device::Close{.minor = 0, .reserved = 0}); }
    Result<std::string> read(std::uint64_t position, std::uint64_t bytes) {
        std::vector<char> buffer(64, '#');
        const auto reply = *service.ask(client, device::Read{.minor = 0,
                                                             .flags = 0,
                                                             .offset = position,
                                                             .bytes = bytes,
                                                             .buffer = system.grant(client, buffer.data(), 64),
                                                             .group = 0,
                                                             .session = 0,
                                                             .reserved = 0});
        if (!reply) return reply.error();
        EXPECT_EQ(buffer[reply->bytes], '#') << "more was written than was answered";
        return std::string(buffer.data(), reply->bytes);
    }
    Result<device::Write::Reply> write(std::uint64_t bytes) {
        return *service.ask(client, device::Write{.minor = 0,
                                                  .flags = 0,
                                                  .offset = 0,
                                                  .bytes = bytes,
                                                  .buffer = system.grant(client, "text"),
                                                  .group = 0,
                                                  .session = 0,
                                                  .reserved = 0});
    }
    bool logged(const std::string &text) const {
        for (const std::string &line : system.log)
            if (line.find(text) != std::string::npos) return true;
        return false;
    }
};

using Version1 = Running<hello::Hello>;
using Version2 = Running<hello2::Hello>;

TEST(Hello, message_is_read_by_position) {
    Version1 hello;
    ASSERT_TRUE(hello.open());
    EXPECT_EQ(*hello.read(0, 14), "Hello, World!\n");
    EXPECT_EQ(*hello.read(0, 60), "Hello, World!\n");
    EXPECT_EQ(*hello.read(7, 5), "World");
    EXPECT_EQ(*hello.read(13, 10), "\n");
    EXPECT_EQ(*hello.read(3, 0), "");
}

TEST(Hello, read_at_the_end_and_beyond_gives_nothing) {
    Version1 hello;
    ASSERT_TRUE(hello.open());
    EXPECT_EQ(*hello.read(14, 10), "");
    EXPECT_EQ(*hello.read(15, 10), "");
    EXPECT_EQ(*hello.read(~std::uint64_t{0}, 10), "");
    EXPECT_EQ(*hello.read(14, ~std::uint64_t{0}), "");
}

TEST(Hello, nothing_can_be_written) {
    Version1 hello;
    ASSERT_TRUE(hello.open());
    EXPECT_EQ(hello.write(1).error(), Error::invalid);
    EXPECT_EQ(hello.write(0)->bytes, 0u);
}

TEST(Hello, ioctl_and_other_minors_are_unknown) {
    Version1 hello;
    ASSERT_TRUE(hello.open());
    EXPECT_EQ(hello.service.ask(client, unknown_ioctl)->error(), Error::not_tty);
    EXPECT_EQ(hello.open(1).error(), Error::no_device_address);
}

TEST(Hello, opens_are_counted_and_logged) {
    Version1 hello;
    EXPECT_TRUE(hello.logged("Hello, World!"));
    ASSERT_TRUE(hello.open());
    EXPECT_TRUE(hello.logged("called 1 time(s)"));
    ASSERT_TRUE(hello.open());
    EXPECT_TRUE(hello.logged("called 2 time(s)"));
}

TEST(Hello, unopened_minor_is_refused) {
    Version1 hello;
    EXPECT_EQ(hello.read(0, 5).error(), Error::service_restarted);
    ASSERT_TRUE(hello.open());
    ASSERT_TRUE(hello.close());
    EXPECT_EQ(hello.read(0, 5).error(), Error::service_restarted);
}

TEST(Hello, restart_forgets_the_counter_and_announces) {
    Version1 hello(rs::InitKind::restart);
    EXPECT_TRUE(hello.logged("just been restarted"));
    EXPECT_EQ(hello.published.size(), 1u);
    ASSERT_TRUE(hello.open());
    EXPECT_TRUE(hello.logged("called 1 time(s)"));
}

TEST(Hello, update_keeps_counter_and_open_descriptor_and_does_not_announce) {
    Version1 hello;
    ASSERT_TRUE(hello.open());
    hello.published.clear();
    hello.start(rs::InitKind::update);  // over the same State
    EXPECT_TRUE(hello.logged("new version"));
    EXPECT_TRUE(hello.published.empty());
    EXPECT_EQ(*hello.read(7, 5), "World");
    ASSERT_TRUE(hello.open());
    EXPECT_TRUE(hello.logged("called 2 time(s)"));
}

TEST(Hello2, says_which_version_it_is_and_counts_reads) {
    Version2 hello;
    ASSERT_TRUE(hello.open());
    EXPECT_EQ(*hello.read(0, 60), "Hello, World! This is version 2.\n");
    EXPECT_EQ(*hello.read(60, 10), "");
    EXPECT_EQ(hello.service.state().reads, 2u);
    ASSERT_TRUE(hello.close());
    EXPECT_TRUE(hello.logged("after 2 reads"));
}

TEST(Hello2, takes_over_the_counter_of_version_1) {
    const hello::OpenCount old{7};
    hello2::OpenCount wider{};
    migrate(wider, old);
    EXPECT_EQ(wider.value, 7u);
}

TEST(Hello2, restart_forgets_both_counters) {
    Version2 hello;
    ASSERT_TRUE(hello.open());
    ASSERT_TRUE(hello.read(0, 5));
    hello.start(rs::InitKind::restart);
    EXPECT_EQ(hello.service.state().opens.value, 0u);
    EXPECT_EQ(hello.service.state().reads, 0u);
}

}  // namespace
}  // namespace axo
