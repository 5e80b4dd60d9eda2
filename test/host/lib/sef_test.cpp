// SEF over the fake kernel: dispatch, coroutines, requests, timers, forgotten answers.
#include <gtest/gtest.h>

#include "axo/device_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "test/host/fake/fake_sys.hpp"

using namespace axo;

namespace {

constexpr Endpoint client = Endpoint::make(50, 1);

struct Hello {
    struct State {
        std::uint64_t opens = 0;
    };
    using Requests = device::CharacterRequests;
    explicit Hello(State &state) : state_(state) {}

    Status init(const sef::Init &) { return {}; }
    void on(Endpoint, const device::Open &, sef::ReplyTo<device::Open::Reply> reply) {
        reply.ok({.minor = 7, .became_controlling = 0, .size = ++state_.opens});
    }
    void on(Endpoint, const device::Close &, sef::ReplyTo<Nothing>) {}  // forgets to answer
    sef::Async<Result<std::uint32_t>> session(Endpoint process) {
        const pm::LookupPid question{.process = process};
        CO_TRY(answer, sef::request(endpoint::pm, question));
        co_return answer.uid;
    }
    sef::Task on(Endpoint caller, device::Read, sef::ReplyTo<device::Read::Reply> reply) {
        const auto found = co_await session(caller);
        if (!found)
            reply.fail(found.error());
        else
            reply.ok({.bytes = *found});
    }
    sef::Task on(Endpoint, device::Write, sef::ReplyTo<device::Write::Reply> reply) {
        co_await sef::delay(milliseconds(5));
        reply.ok({.bytes = 1});
    }
    sef::Task on(Endpoint, device::Ioctl, sef::ReplyTo<device::Ioctl::Reply> reply) {
        co_await event_.wait();
        reply.ok({.value = 3});
    }
    void on(Endpoint, const device::Poll &, sef::ReplyTo<device::Poll::Reply> reply) {
        event_.signal_all();
        reply.ok({});
    }
    void on(Endpoint, const device::Cancel &, sef::ReplyTo<Nothing> reply) { reply.fail(Error::no_process); }
    void user_call(sef::UserCall call) {
        if (call.number() == 39)
            call.answer(static_cast<std::int64_t>(call.argument(0)) + 1);
        else
            call.fail(Error::no_syscall);
    }

    State &state_;
    sef::Event event_;
};

struct SefTest : testing::Test {
    fake::System system;
    fake::Service<Hello> server;
};

}  // namespace

TEST_F(SefTest, answers_at_once) {
    const auto reply = server.ask(client, device::Open{});
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->minor, 7u);
    EXPECT_EQ(server.state().opens, 1u);
}

TEST_F(SefTest, asynchronous_request_is_answered_by_senda_and_tag_zero_not_at_all) {
    const auto tag = server.send(client, device::Open{}, IpcCall::senda);
    ASSERT_FALSE(system.sent.empty());
    EXPECT_EQ(system.sent.back().call, IpcCall::senda);
    EXPECT_TRUE(system.take_reply(client, tag));
    Message silent = encode_request(device::Open{}, 0);
    silent.source = client;
    silent.flags = static_cast<std::uint16_t>(IpcCall::senda);
    server.deliver(silent);
    EXPECT_TRUE(system.sent.empty());
}

TEST_F(SefTest, forgotten_answer_becomes_io_and_is_logged) {
    const auto reply = server.ask(client, device::Close{});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), Error::io);
    EXPECT_EQ(system.log.size(), 1u);
}

TEST_F(SefTest, coroutine_waits_for_peer) {
    system.answer<pm::LookupPid>([](Endpoint peer, const pm::LookupPid &) -> Result<pm::LookupPid::Reply> {
        EXPECT_EQ(peer, endpoint::pm);
        return pm::LookupPid::Reply{.pid = 1, .uid = 33};
    });
    const auto reply = server.ask(client, device::Read{});
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->bytes, 33u);
    EXPECT_EQ(scratch_heap().used_blocks(), 0u);
}

TEST_F(SefTest, deferred_request_that_is_refused_waits_for_room) {
    system.fail_senda(endpoint::pm, Error::would_block);
    const auto tag = server.send(client, device::Read{});
    EXPECT_FALSE(server.reply_of<device::Read>(client, tag));
    EXPECT_TRUE(system.sent.empty());
    EXPECT_FALSE(sef::outbox().empty());
    system.allow_senda(endpoint::pm);
    sef::outbox().on_room();
    EXPECT_TRUE(system.take_request(pm::LookupPid::number));
    EXPECT_TRUE(sef::outbox().empty());
}

TEST_F(SefTest, deferred_request_to_the_dead_fails_with_the_kernels_error) {
    system.fail_senda(endpoint::pm, Error::dead_peer);
    const auto reply = server.ask(client, device::Read{});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), Error::dead_peer);
}

TEST_F(SefTest, deferred_answer_that_is_refused_waits_for_room) {
    system.fail_senda(client, Error::would_block);
    const auto tag = server.send(client, device::Open{}, IpcCall::senda);
    EXPECT_FALSE(system.take_reply(client, tag));
    system.allow_senda(client);
    sef::outbox().on_room();
    EXPECT_TRUE(system.take_reply(client, tag));
}

TEST_F(SefTest, peers_death_ends_the_request) {
    const auto tag = server.send(client, device::Read{});
    EXPECT_FALSE(server.reply_of<device::Read>(client, tag));
    server.peer_died(endpoint::vfs);
    EXPECT_FALSE(server.reply_of<device::Read>(client, tag));
    server.peer_died(endpoint::pm);
    const auto reply = server.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), Error::dead_peer);
}

TEST_F(SefTest, deadline_ends_the_request_and_the_late_answer_is_dropped) {
    const auto tag = server.send(client, device::Read{});
    const auto asked = system.take_request(pm::LookupPid::number);
    ASSERT_TRUE(asked);
    system.advance(seconds(29));
    EXPECT_FALSE(server.reply_of<device::Read>(client, tag));
    system.advance(seconds(2));
    const auto reply = server.reply_of<device::Read>(client, tag);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), Error::timed_out);
    const auto late_before = sef::pending_requests().late_replies();
    Message late = encode_reply(pm::LookupPid::number, asked->message.tag, pm::LookupPid::Reply{});
    late.source = endpoint::pm;
    server.deliver(late);
    EXPECT_EQ(sef::pending_requests().late_replies(), late_before + 1);
}

TEST_F(SefTest, request_waits_for_room_and_keeps_order) {
    system.fail_senda(endpoint::pm, Error::would_block);
    const auto first = server.send(client, device::Read{});
    const auto second = server.send(client, device::Read{});
    EXPECT_FALSE(system.take_request(pm::LookupPid::number));
    system.allow_senda(endpoint::pm);
    server.notify(endpoint::system, kernel_signal::send_room);
    const auto a = system.take_request(pm::LookupPid::number), b = system.take_request(pm::LookupPid::number);
    ASSERT_TRUE(a && b);
    EXPECT_LT(a->message.tag, b->message.tag);
    server.peer_died(endpoint::pm);
    EXPECT_TRUE(server.reply_of<device::Read>(client, first));
    EXPECT_TRUE(server.reply_of<device::Read>(client, second));
    EXPECT_EQ(sef::pending_requests().count(), 0u);
}

TEST_F(SefTest, delay_and_event) {
    const auto write = server.send(client, device::Write{});
    system.advance(milliseconds(4));
    EXPECT_FALSE(server.reply_of<device::Write>(client, write));
    system.advance(milliseconds(2));
    EXPECT_TRUE(server.reply_of<device::Write>(client, write));

    const auto a = server.send(client, device::Ioctl{}), b = server.send(client, device::Ioctl{});
    EXPECT_FALSE(server.reply_of<device::Ioctl>(client, a));
    EXPECT_TRUE(server.ask(client, device::Poll{}));
    EXPECT_TRUE(server.reply_of<device::Ioctl>(client, a));
    EXPECT_TRUE(server.reply_of<device::Ioctl>(client, b));
}

TEST_F(SefTest, unknown_request_is_refused) {
    Message message{};
    message.source = client;
    message.type = 0x7ff;
    message.flags = static_cast<std::uint16_t>(IpcCall::sendrec);
    message.tag = 9;
    server.deliver(message);
    const auto reply = system.take_reply(client, 9);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), to_wire(Error::bad_request));
}

TEST_F(SefTest, user_call_returns_a_value_or_an_error) {
    EXPECT_EQ(server.user_call(client, 39, {41}), 42);
    EXPECT_EQ(server.user_call(client, 40, {}), to_wire(Error::no_syscall));
}

TEST_F(SefTest, exhausted_scratch_heap_answers_no_memory) {
    while (scratch_heap().allocate(16)) {}
    const auto reply = server.ask(client, device::Read{});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), Error::no_memory);
}

TEST_F(SefTest, ping_is_answered_with_pong) {
    server.notify(endpoint::rs);
    EXPECT_TRUE(system.take_request(rs::Pong::number));
}

TEST_F(SefTest, unsupported_update_is_answered_no_syscall) {
    Message message = encode_request(rs::UpdatePrepare{.state = 1, .reserved = 0, .max_time = {0}}, 0);
    message.source = endpoint::rs;
    message.flags = static_cast<std::uint16_t>(IpcCall::senda);
    server.deliver(message);
    const auto answer = system.take_request(rs::UpdateReady::number);
    ASSERT_TRUE(answer);
    EXPECT_EQ(decode_request<rs::UpdateReady>(answer->message).result, to_wire(Error::no_syscall));
}

/// As RS sends it.
template <class R>
Message from_rs(const R &request, std::uint64_t tag) {
    Message message = encode_request(request, tag);
    message.source = endpoint::rs;
    message.flags = static_cast<std::uint16_t>(IpcCall::senda);
    return message;
}

TEST(SefStart, new_version_is_not_stopped_by_what_rs_told_the_old_one) {
    fake::System system;
    Message ping{};
    ping.source = endpoint::rs;
    ping.type = message_type::notify;
    ping.flags = static_cast<std::uint16_t>(IpcCall::notify);
    Message reply = encode_reply(rs::Lookup::number, 7, rs::Lookup::Reply{});
    reply.source = endpoint::rs;
    system.receivable = {ping, reply, from_rs(rs::UpdatePrepare{0, 0, {0}}, 0), from_rs(rs::SignalReceived{15, 0}, 9),
                         from_rs(rs::Init{.kind = rs::InitKind::update,
                                          .table = invalid_grant,
                                          .table_count = 0,
                                          .restarts = 3,
                                          .old_version = client,
                                          .flags = 0,
                                          .schema = 5,
                                          .drops = {}},
                                 0)};
    const rs::Init init = sef::detail::await_init();
    EXPECT_EQ(init.restarts, 3u);
    EXPECT_EQ(init.old_version, client);
    EXPECT_TRUE(system.receivable.empty());
    const auto refused = system.take_reply(endpoint::rs, 9);
    ASSERT_TRUE(refused) << "who waits for an answer gets one";
    EXPECT_EQ(refused->status(), to_wire(Error::interrupted));
    EXPECT_TRUE(system.sent.empty());
}

TEST_F(SefTest, init_of_a_version_that_died_before_it_read_it_is_no_nonsense) {
    server.deliver(from_rs(rs::Init{.kind = rs::InitKind::update,
                                    .table = invalid_grant,
                                    .table_count = 0,
                                    .restarts = 0,
                                    .old_version = client,
                                    .flags = 0,
                                    .schema = 5,
                                    .drops = {}},
                           0));
    EXPECT_TRUE(system.log.empty());
}

TEST(TimerTest, many_timers_one_alarm) {
    fake::System system;
    struct Counter {
        int count = 0;
        void hit() { ++count; }
    } counter;
    sef::Timer early(bind<&Counter::hit>(counter)), late(bind<&Counter::hit>(counter));
    late.set(seconds(2));
    sef::timers().arm();
    early.set(seconds(1));
    sef::timers().arm();
    EXPECT_EQ(*system.alarm, system.time + seconds(1));
    early.cancel();
    system.advance(seconds(1) + milliseconds(500));
    EXPECT_EQ(counter.count, 0);
    EXPECT_EQ(late.left(), milliseconds(500));
    system.advance(seconds(1));
    EXPECT_EQ(counter.count, 1);
}
