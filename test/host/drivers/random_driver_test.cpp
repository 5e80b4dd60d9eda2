// sources: drivers/random/random.cpp drivers/random/generator.cpp drivers/random/sources.cpp lib/driver/announce.cpp
// The random driver as a service: reads of any length, entropy from writers, nobody held up.
#include "drivers/random/random.hpp"

#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

constexpr Endpoint client = endpoint::vfs;
constexpr std::uint32_t urandom = 9;
constexpr device::Ioctl unknown_ioctl{
    .minor = urandom, .code = 7, .value = 0, .argument = invalid_grant, .argument_bytes = 0, .group = 0, .session = 0};

struct RandomDriver : testing::Test {
    fake::System system;
    fake::Service<random::Random> service;

    void SetUp() override {
        system.answer<ds::LabelOf>(
            [](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> { return Error::no_process; });
        system.answer<ds::Publish>([](Endpoint, const ds::Publish &) -> Result<Nothing> { return Nothing{}; });
        ASSERT_TRUE(service.start());
    }
    Result<device::Open::Reply> open(std::uint32_t minor) {
        return *service.ask(client, device::Open{.minor = minor, .flags = 3, .session = 0, .group = 0});
    }
    device::Read request(std::span<std::uint8_t> buffer) {
        return {.minor = urandom,
                .flags = 0,
                .offset = 0,
                .bytes = buffer.size(),
                .buffer = system.grant(client, buffer.data(), buffer.size()),
                .group = 0,
                .session = 0,
                .reserved = 0};
    }
    /// Lets the driver's timers run until the read is answered.
    Result<device::Read::Reply> finish(std::uint64_t tag) {
        for (int turn = 0; turn < 1000; ++turn) {
            if (const auto reply = service.reply_of<device::Read>(client, tag)) return *reply;
            system.advance(milliseconds(1));
        }
        return Error::timed_out;
    }
    Result<device::Read::Reply> read(std::span<std::uint8_t> buffer) {
        return finish(service.send(client, request(buffer)));
    }
};

TEST_F(RandomDriver, both_devices_are_there_and_no_others) {
    EXPECT_TRUE(open(8));
    EXPECT_TRUE(open(urandom));
    EXPECT_EQ(open(0).error(), Error::no_device_address);
    EXPECT_EQ(open(10).error(), Error::no_device_address);
}

TEST_F(RandomDriver, reads_give_the_length_asked_for) {
    ASSERT_TRUE(open(urandom));
    for (const std::size_t bytes : {0u, 1u, 31u, 32u, 33u, 4096u, 65536u, 65537u, 300'000u}) {
        std::vector<std::uint8_t> buffer(bytes + 16, 0);
        const auto reply = read(std::span(buffer).first(bytes));
        ASSERT_TRUE(reply) << bytes;
        EXPECT_EQ(reply->bytes, bytes);
        EXPECT_EQ(std::count(buffer.begin() + static_cast<std::ptrdiff_t>(bytes), buffer.end(), 0), 16);
        // 32 zeros in a row have a chance of 2^-256.
        const std::vector<std::uint8_t> zeros(32, 0);
        EXPECT_TRUE(bytes < 32 ||
                    std::search(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(bytes), zeros.begin(),
                                zeros.end()) == buffer.begin() + static_cast<std::ptrdiff_t>(bytes));
    }
}

TEST_F(RandomDriver, two_reads_differ) {
    ASSERT_TRUE(open(urandom));
    std::vector<std::uint8_t> first(64), second(64);
    ASSERT_TRUE(read(first) && read(second));
    EXPECT_NE(first, second);
}

TEST_F(RandomDriver, short_read_is_served_during_a_long_one) {
    ASSERT_TRUE(open(urandom));
    std::vector<std::uint8_t> large(1 << 20), small(16);
    const std::uint64_t tag = service.send(client, request(large));
    EXPECT_FALSE(service.reply_of<device::Read>(client, tag));
    const auto quick = service.ask(client, request(small));
    ASSERT_TRUE(quick && *quick);
    const auto reply = finish(tag);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->bytes, large.size());
    EXPECT_NE(std::count(large.end() - 64, large.end(), 0), 64);
}

TEST_F(RandomDriver, cancelled_read_gives_what_there_is) {
    ASSERT_TRUE(open(urandom));
    std::vector<std::uint8_t> large(1 << 20);
    const std::uint64_t tag = service.send(client, request(large));
    ASSERT_TRUE(*service.ask(client, device::Cancel{.tag = tag}));
    const auto reply = service.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->bytes, 65536u);
    system.advance(seconds(1));  // nothing is left to serve
}

TEST_F(RandomDriver, read_into_a_vanished_buffer_fails) {
    ASSERT_TRUE(open(urandom));
    device::Read wrong{.minor = urandom,
                       .flags = 0,
                       .offset = 0,
                       .bytes = 200'000,
                       .buffer = {12345},
                       .group = 0,
                       .session = 0,
                       .reserved = 0};
    EXPECT_FALSE(finish(service.send(client, wrong)));
}

TEST_F(RandomDriver, written_data_is_taken_a_slice_at_a_time) {
    ASSERT_TRUE(open(urandom));
    std::vector<char> data(100'000, 'x');
    const auto write = [&](std::uint64_t bytes) {
        return *service.ask(client, device::Write{.minor = urandom,
                                                  .flags = 0,
                                                  .offset = 0,
                                                  .bytes = bytes,
                                                  .buffer = system.grant(client, data.data(), data.size()),
                                                  .group = 0,
                                                  .session = 0,
                                                  .reserved = 0});
    };
    EXPECT_EQ(write(10)->bytes, 10u);
    EXPECT_EQ(write(100'000)->bytes, 65536u);
    EXPECT_EQ(write(0)->bytes, 0u);
}

TEST_F(RandomDriver, is_always_readable) {
    ASSERT_TRUE(open(urandom));
    const device::Poll poll{.minor = urandom, .events = device::poll_event::in, .watch = 1, .reserved = 0};
    EXPECT_EQ((*service.ask(client, poll))->ready, device::poll_event::in);
}

TEST_F(RandomDriver, knows_no_ioctl) {
    ASSERT_TRUE(open(urandom));
    EXPECT_EQ(service.ask(client, unknown_ioctl)->error(), Error::not_tty);
}

}  // namespace
}  // namespace axo
