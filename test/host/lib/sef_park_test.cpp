// Requests and calls that come while a live update is approached: they wait, and are taken up in order by whoever goes
// on, the old version or the new one.
#include <gtest/gtest.h>

#include "axo/device_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "lib/sef/parked.hpp"
#include "test/host/fake/fake_sys.hpp"
#include "test/host/fake/heap_faults.hpp"

namespace axo {
namespace {

/// Reads ask PM first; writes are noted in the order in which they come; polls must be served at any time.
struct Desk {
    struct State {
        std::vector<std::uint64_t> written;
        std::vector<unsigned> calls;
    };
    using Requests = device::CharacterRequests;
    explicit Desk(State &own) : state(own) {}
    bool must_serve(const Message &message) { return message.type == device::Poll::number && !message.from_user(); }
    Status save_state(std::uint32_t) { return saved; }
    void user_call(sef::UserCall call) {
        state.calls.push_back(call.number());
        call.answer(static_cast<std::int64_t>(call.number()));
    }

    template <typename R>
    void on(Endpoint, const R &, sef::ReplyTo<typename R::Reply> reply) {
        reply.fail(Error::io);
    }
    void on(Endpoint, const device::Write &request, sef::ReplyTo<device::Write::Reply> reply) {
        state.written.push_back(request.offset);
        reply.ok({.bytes = request.offset});
    }
    void on(Endpoint, const device::Poll &, sef::ReplyTo<device::Poll::Reply> reply) { reply.ok({}); }
    sef::Task on(Endpoint, device::Read request, sef::ReplyTo<device::Read::Reply> reply) {
        const pm::LookupPid question{.process = endpoint::vfs};
        const auto answer = co_await sef::request(endpoint::pm, question);
        if (!answer) {
            reply.fail(answer.error());
            co_return;
        }
        reply.ok({.bytes = request.offset});
    }

    State &state;
    Status saved{};
};

constexpr Endpoint client = Endpoint::make(30, 1), user = Endpoint::make(60, 1);

struct Park : testing::Test {
    fake::System system;
    sef::Options options{.update = sef::ready_when::always}, never_ready{.update = sef::ready_when::never};
    Desk::State state;
    Desk service{state};
    std::optional<sef::Dispatcher<Desk>> dispatcher;
    std::vector<std::int64_t> reports;
    Result<Nothing> rs_says = Error::service_restarted;

    Park() {
        dispatcher.emplace(service, options);
        system.answer<rs::UpdateReady>([this](Endpoint, const rs::UpdateReady &ready) -> Result<Nothing> {
            reports.push_back(ready.result);
            return rs_says;
        });
    }
    template <Request R>
    void send(Endpoint from, const R &request, std::uint64_t tag, IpcCall how = IpcCall::sendrec) {
        Message message = encode_request(request, tag);
        message.source = from;
        message.flags = static_cast<std::uint16_t>(how);
        dispatch(message);
    }
    void dispatch(const Message &message) {
        sys::allow_deferring();
        dispatcher->dispatch(message);
        sys::flush_deferred();
    }
    void prepare(std::uint32_t what) { send(endpoint::rs, rs::UpdatePrepare{what, 0, seconds(1)}, 0, IpcCall::senda); }
    void write(std::uint64_t number) {
        device::Write request{};
        request.offset = number;
        send(client, request, number);
    }
    void read(std::uint64_t number) {
        device::Read request{};
        request.offset = number;
        send(client, request, number);
    }
    void call(unsigned number) {
        Message message{};
        message.source = user;
        message.type = static_cast<std::uint16_t>(number);
        message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_user);
        message.tag = number;
        message.words[0] = reinterpret_cast<std::uint64_t>(&sys::arena());  // as an address of the arena would look
        dispatch(message);
    }
    void step() {
        dispatcher->before_receive();
        sys::flush_deferred();
    }
    bool answered(std::uint64_t tag, Endpoint whom = client) { return system.take_reply(whom, tag).has_value(); }
    void answer_pm(std::uint64_t tag) {
        Message answer = encode_reply(pm::LookupPid::number, tag, pm::LookupPid::Reply{});
        answer.source = endpoint::pm;
        dispatch(answer);
    }
};

TEST_F(Park, work_waits_and_is_taken_up_in_order_when_the_update_is_off) {
    read(1);
    const auto asked = system.take_request(pm::LookupPid::number);
    ASSERT_TRUE(asked);
    prepare(1);
    write(2);
    call(3);
    write(4);
    step();
    EXPECT_TRUE(reports.empty()) << "the read is still at work";
    EXPECT_TRUE(state.written.empty());
    EXPECT_TRUE(state.calls.empty());
    EXPECT_FALSE(system.take_request(pm::LookupPid::number));
    answer_pm(asked->message.tag);
    EXPECT_TRUE(answered(1));
    step();
    EXPECT_EQ(reports, std::vector<std::int64_t>{0}) << "at rest in spite of what waits";
    EXPECT_EQ(state.written, (std::vector<std::uint64_t>{2, 4})) << "RS called it off: the old version goes on";
    EXPECT_EQ(state.calls, std::vector<unsigned>{3});
    EXPECT_TRUE(answered(2) && answered(3, user) && answered(4));
    EXPECT_EQ(sef::Parked::count(), 0u);
    write(5);
    EXPECT_TRUE(answered(5));
}

TEST_F(Park, what_others_need_to_answer_is_served) {
    read(1);
    prepare(1);
    send(client, device::Poll{}, 7);
    EXPECT_TRUE(answered(7));
}

TEST_F(Park, cancelled_update_takes_up_before_the_next_receive) {
    dispatcher.emplace(service, never_ready);
    prepare(2);
    write(1);
    prepare(0);
    EXPECT_FALSE(answered(1));
    step();
    EXPECT_TRUE(answered(1));
}

TEST_F(Park, state_that_can_not_be_saved_lets_work_go_on) {
    service.saved = Error::no_space;
    prepare(1);
    write(1);
    step();
    EXPECT_EQ(reports, std::vector<std::int64_t>{to_wire(Error::no_space)});
    EXPECT_TRUE(answered(1));
}

TEST_F(Park, nobody_waits_much_longer_than_the_limit) {
    dispatcher.emplace(service, never_ready);
    prepare(2);
    write(1);
    system.advance(seconds(1));
    step();
    EXPECT_FALSE(answered(1));
    system.advance(seconds(1));
    EXPECT_TRUE(answered(1));
    EXPECT_EQ(reports, std::vector<std::int64_t>{to_wire(Error::timed_out)});
    write(2);
    EXPECT_TRUE(answered(2));
    prepare(0);
    EXPECT_EQ(reports.size(), 1u);
}

TEST_F(Park, peer_that_dies_meanwhile_does_not_hold_the_update_up) {
    read(1);
    prepare(1);
    read(2);
    Message death{};
    death.source = endpoint::system;
    death.type = kernel_message::peer_died;
    death.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::from_kernel);
    death.words[0] = endpoint::pm.value;
    dispatch(death);
    EXPECT_TRUE(answered(1));
    step();
    EXPECT_EQ(reports.size(), 1u);
    EXPECT_FALSE(answered(2)) << "it was only now asked of PM";
    EXPECT_EQ(sef::pending_requests().count(), 1u);
}

TEST_F(Park, without_room_the_update_is_off_and_all_are_served_in_order) {
    dispatcher.emplace(service, never_ready);
    prepare(2);
    write(1);
    write(2);
    fake::HeapFaults::fail_one_in(1);
    std::uint64_t number = 3;
    while (reports.empty() && number < 10'000) write(number++);
    fake::HeapFaults::stop();
    EXPECT_EQ(reports, std::vector<std::int64_t>{to_wire(Error::no_memory)});
    ASSERT_EQ(state.written.size(), number - 1);
    for (std::uint64_t i = 0; i < state.written.size(); ++i) EXPECT_EQ(state.written[i], i + 1);
}

TEST_F(Park, as_many_wait_as_the_bound_says) {
    dispatcher.emplace(service, never_ready);
    prepare(2);
    for (std::uint64_t i = 1; i <= sef::Parked::most; ++i) write(i);
    EXPECT_TRUE(reports.empty());
    write(sef::Parked::most + 1);
    EXPECT_EQ(reports, std::vector<std::int64_t>{to_wire(Error::table_full)});
    EXPECT_EQ(state.written.size(), sef::Parked::most + 1);
    EXPECT_EQ(state.written.back(), sef::Parked::most + 1);
}

TEST_F(Park, version_in_the_same_arena_takes_up_what_waits) {
    prepare(1);
    write(1);
    call(2);
    // The old version is swapped out while it waits for RS; the new one has its State and its arena.
    Desk next(state);
    sef::Dispatcher<Desk> of_next(next, options);
    of_next.before_receive();
    sys::flush_deferred();
    EXPECT_TRUE(answered(1) && answered(2, user));
    EXPECT_EQ(state.written, std::vector<std::uint64_t>{1});
    EXPECT_EQ(sef::Parked::count(), 0u);
}

TEST_F(Park, version_in_another_arena_gets_the_words_as_they_came) {
    struct alignas(page_size) Arena {
        std::byte bytes[65536];
    };
    const auto memory = std::make_unique<Arena>();
    sys::ArenaHeader &before = sys::format_arena(memory.get(), sizeof memory->bytes, Heap::Area::fixed);
    Message message{};
    message.source = user;
    message.type = 5;
    message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_user);
    message.tag = 5;
    message.words[0] = reinterpret_cast<std::uint64_t>(memory.get()) + 64;  // a user may write any number
    ASSERT_TRUE(before.parked.push_back(message));
    ASSERT_TRUE(sef::Parked::carry(before));
    ASSERT_EQ(sef::Parked::count(), 1u);
    EXPECT_EQ(sef::Parked::at(0).words[0], message.words[0]);
    step();
    EXPECT_TRUE(answered(5, user));
}

/// Requests of many clients, answers of PM late and in any order, updates that are approached and called off at any
/// moment: everybody is answered once, those who write in the order in which they came.
TEST_F(Park, updates_among_overlapping_requests_lose_and_double_nothing) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        fake::Traffic &traffic = system.answer_late(seed);
        system.answer<pm::LookupPid>(
            [](Endpoint, const pm::LookupPid &) -> Result<pm::LookupPid::Reply> { return pm::LookupPid::Reply{}; });
        state = {};
        system.sent.clear();
        const std::size_t before = reports.size();
        std::uint64_t number = 0, writes = 0;
        for (unsigned i = 0; i < 400; ++i) {
            const std::uint64_t chosen = traffic.pick(10);
            if (chosen == 0) prepare(1);
            if (chosen == 1) prepare(0);
            if (chosen == 2) read(++number);
            if (chosen == 3) {
                write(++number);
                ++writes;
            }
            step();
            const fake::Traffic::Step moved = traffic.step();
            if (moved.received) dispatch(*moved.received);
        }
        prepare(0);
        for (bool moved = true; moved;) {
            step();
            const fake::Traffic::Step next = traffic.step();
            if (next.received) dispatch(*next.received);
            moved = next.moved;
        }
        for (std::uint64_t i = 1; i <= number; ++i) EXPECT_TRUE(answered(i)) << i;
        for (const fake::Sent &item : system.sent) EXPECT_FALSE(item.message.is_reply()) << "an answer too many";
        EXPECT_TRUE(std::is_sorted(state.written.begin(), state.written.end()));
        EXPECT_EQ(state.written.size(), writes);
        EXPECT_GT(reports.size(), before) << "no update got as far";
        EXPECT_EQ(sef::context().live_frames, 0u);
    }
}

}  // namespace
}  // namespace axo
