// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// A turn is a transaction: what a service sends is held until its receiving trap; then all of it leaves, or, when the
// service is struck before, none.
#include "fake/fake_arch.hpp"
#include "kernel/counters.hpp"
#include "kernel/ipc/ipc_fast.hpp"
#include "kernel/ipc/message_pool.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/process/signal.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace axo::kernel {
namespace {

constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }

class Turn : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        a = &service(3);
        b = &service(4);
        c = &service(5);
        d = &service(11);
        free_at_start = free_buffer_count();
    }
    long receive(Process &process, Endpoint from = endpoint::any) { return ipc(process, IpcCall::receive, from); }
    long senda(Process &from, Process &to, std::uint16_t type, std::uint64_t tag = 0, bool reply = false) {
        return ipc(from, IpcCall::senda, to.endpoint, message(type, tag, 0, reply));
    }
    void strike(Process &process) { cause_signal(process, signal::segv); }
    unsigned unanswered(Process &from, Process &to) { return pair_of(*from.privilege, *to.privilege).unanswered; }
    unsigned buffered(Process &from, Process &to) { return pair_of(*from.privilege, *to.privilege).buffered; }
    /// Everything that waits for a process, in the order of reception.
    std::vector<Message> drain(Process &process) {
        std::vector<Message> all;
        while (receive(process) == 0) all.push_back(received(process));
        return all;
    }
    Process *a, *b, *c, *d;
    unsigned free_at_start;
};

TEST_F(Turn, AllSendsLeaveTogetherWithTheReceivingTrap) {
    EXPECT_EQ(receive(*b), waits);
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, a->endpoint, message(9, 7)), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(senda(*a, *b, 1), 0);
    EXPECT_EQ(senda(*a, *b, 2), 0);
    EXPECT_EQ(ipc(*a, IpcCall::notify, d->endpoint), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, c->endpoint, message(9, 7, 5, true)), 0);
    EXPECT_EQ(result(*b), waits);
    EXPECT_EQ(result(*c), waits);
    EXPECT_TRUE(drain(*d).empty());
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(received(*b).type, 1);
    EXPECT_EQ(received(*c).words[0], 5u);
    EXPECT_TRUE(received(*d).is_notification());
    const auto rest = drain(*b);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].type, 2);
}

TEST_F(Turn, EveryReceivingTrapEndsIt) {
    EXPECT_EQ(senda(*a, *b, 1), 0);
    EXPECT_EQ(send_receive(IpcCall::senda_receive, *a, b->endpoint, message(2)), waits);
    EXPECT_EQ(senda(*c, *b, 3), 0);
    EXPECT_EQ(reply_receive(*c, endpoint::none, message(0)), waits);
    const auto all = drain(*b);
    ASSERT_EQ(all.size(), 3u);
    for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(all[i].type, i + 1);
}

TEST_F(Turn, RefusedSendaReceiveEndsNoTurn) {
    EXPECT_EQ(receive(*b), waits);
    EXPECT_EQ(senda(*a, *b, 1), 0);
    a->privilege->rights.may_send_to.reset(c->privilege->id());
    EXPECT_EQ(send_receive(IpcCall::senda_receive, *a, c->endpoint, message(2)), wire(Error::call_denied));
    EXPECT_EQ(result(*b), waits);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(received(*b).type, 1);
}

TEST_F(Turn, RefusalsComeAtStaging) {
    for (int i = 0; i < 16; ++i) EXPECT_EQ(senda(*a, *b, 1), 0);
    EXPECT_EQ(senda(*a, *b, 1), wire(Error::would_block));
    EXPECT_EQ(senda(*a, *c, 1), 0);
    strike(*d);
    EXPECT_EQ(senda(*a, *d, 1), wire(Error::dead_peer));
    EXPECT_EQ(ipc(*a, IpcCall::notify, d->endpoint), wire(Error::dead_peer));
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, b->endpoint, message(0, 1, 0, true)), wire(Error::not_ready));
}

TEST_F(Turn, RoomAfterTheBoundIsToldWhenThePeerTook) {
    for (int i = 0; i < 17; ++i) senda(*a, *b, 1);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(drain(*b).size(), 16u);
    EXPECT_EQ(received(*a).source, endpoint::system);
    EXPECT_EQ(received(*a).words[0], kernel_signal::send_room);
}

TEST_F(Turn, PoolIsSpentAtStagingAndComesBackWithTheDead) {
    std::vector<Process *> senders;
    unsigned held = 0;
    for (unsigned n = 0; n < 200; ++n) {
        senders.push_back(&dynamic_service());
        for (int i = 0; i < 16; ++i) held += senda(*senders.back(), *b, 1) == 0;
    }
    EXPECT_EQ(senda(*a, *b, 1), wire(Error::would_block));
    EXPECT_EQ(free_buffer_count(), free_at_start - held);
    for (Process *sender : senders) strike(*sender);
    EXPECT_EQ(free_buffer_count(), free_at_start);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).words[0], kernel_signal::send_room);
    EXPECT_EQ(senda(*a, *b, 1), 0);
    EXPECT_TRUE(drain(*b).empty());
}

TEST_F(Turn, AnswerToACallerNeedsNoBuffer) {
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, a->endpoint, message(9, 7)), waits);
    EXPECT_EQ(receive(*a), 0);
    while (senda(*a, *b, 1) == 0) {}
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, c->endpoint, message(9, 7, 5, true)), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, c->endpoint, message(9, 7, 6, true)), wire(Error::not_ready));
    EXPECT_EQ(ipc(*a, IpcCall::senda, c->endpoint, message(9, 7, 6, true)), wire(Error::not_ready));
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(received(*c).words[0], 5u);
}

// The script of one turn, cut off at every boundary between two traps.
class TurnCut : public Turn, public testing::WithParamInterface<unsigned> {};

TEST_P(TurnCut, BothSendsLeaveOrNone) {
    Process &program = user(a->endpoint);
    EXPECT_EQ(senda(*d, *a, 20, 77), 0);
    EXPECT_EQ(receive(*d), waits);
    EXPECT_EQ(linux(program, 39), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(receive(*a), 0);
    const std::uint64_t tag = program.tag;
    ASSERT_EQ(unanswered(*d, *a), 1u);
    unsigned step = 0;
    const auto cut = [&] { return step++ == GetParam(); };
    const auto turn = [&] {
        if (cut()) return;
        EXPECT_EQ(senda(*a, *b, 1, 11), 0);
        if (cut()) return;
        EXPECT_EQ(senda(*a, *d, 20, 77, true), 0);
        if (cut()) return;
        EXPECT_EQ(ipc(*a, IpcCall::sendnb, program.endpoint, message(39, tag, 4, true)), 0);
        if (cut()) return;
        EXPECT_EQ(ipc(*a, IpcCall::notify, c->endpoint), 0);
        if (cut()) return;
        EXPECT_EQ(senda(*a, *b, 2), 0);
        if (cut()) return;
        EXPECT_EQ(receive(*a), waits);
    };
    turn();
    const bool whole = step == 6 && GetParam() == 6;
    strike(*a);
    EXPECT_EQ(result(program), whole ? 4 : wire(Error::io));
    EXPECT_EQ(received(*d).is_reply(), whole);
    if (!whole) { EXPECT_EQ(received(*d).type, kernel_message::peer_died); }
    // Of what it sent asynchronously its requests go with it, as the request's own rules say; the rest arrived.
    EXPECT_TRUE(drain(*b).empty());
    EXPECT_EQ(unanswered(*d, *a), 0u);
    EXPECT_EQ(unanswered(*a, *b), 0u);
    EXPECT_EQ(buffered(*a, *b), 0u);
    EXPECT_EQ(buffered(*a, *d), 0u);
    EXPECT_EQ(pair_of(*a->privilege, *d->privilege).held_replies, 0);
    EXPECT_EQ(free_buffer_count(), free_at_start);
    EXPECT_TRUE(drain(*c).empty());  // a notification of the dead is withdrawn
}

INSTANTIATE_TEST_SUITE_P(EveryBoundary, TurnCut, testing::Range(0u, 7u));

TEST_F(Turn, DestinationThatDiesMeanwhileIsMourned) {
    EXPECT_EQ(senda(*a, *b, 1, 5), 0);
    EXPECT_EQ(senda(*a, *b, 2), 0);
    EXPECT_EQ(ipc(*a, IpcCall::notify, b->endpoint), 0);
    strike(*b);
    EXPECT_EQ(buffered(*a, *b), 0u);
    EXPECT_EQ(unanswered(*a, *b), 0u);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).type, kernel_message::peer_died);
    EXPECT_EQ(received(*a).words[0], b->endpoint.value);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(free_buffer_count(), free_at_start);
}

TEST_F(Turn, TellToOneWhoDiesIsNotMourned) {
    EXPECT_EQ(senda(*a, *b, 2), 0);
    EXPECT_EQ(unanswered(*a, *b), 0u);
    strike(*b);
    EXPECT_EQ(receive(*a), waits);
}

TEST_F(Turn, ReceivedTellPinsNothing) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(senda(*a, *b, 2), 0);
        EXPECT_EQ(receive(*a), waits);
        EXPECT_EQ(receive(*b), 0);
        release(*a, run_flag::receiving);
    }
    EXPECT_EQ(unanswered(*a, *b), 0u);
    strike(*b);
    EXPECT_EQ(receive(*a), waits);
}

TEST_F(Turn, NewTenantOfTheDeadOnesPlaceGetsNothing) {
    Process &old_one = dynamic_service();
    const unsigned id = old_one.privilege->id();
    EXPECT_EQ(senda(*a, old_one, 1, 5), 0);
    EXPECT_EQ(ipc(*a, IpcCall::notify, old_one.endpoint), 0);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, old_one.endpoint.value), 0);
    Process *new_one = nullptr;
    for (unsigned n = 0; n < max_system_processes && new_one == nullptr; ++n) {
        Process &next = dynamic_service();
        if (next.privilege->id() == id) new_one = &next;
    }
    ASSERT_NE(new_one, nullptr);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).type, kernel_message::peer_died);
    EXPECT_EQ(receive(*new_one), waits);
}

TEST_F(Turn, HeldReplyToADeadCallerIsForgotten) {
    Process &program = user(a->endpoint);
    EXPECT_EQ(linux(program, 39), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, program.endpoint, message(39, program.tag, 4, true)), 0);
    const Endpoint gone = program.endpoint;
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, gone.value), 0);
    EXPECT_EQ(a->privilege->turn.reply_head, nullptr);
    Process &other = user(a->endpoint);
    EXPECT_EQ(linux(other, 39), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).source, other.endpoint);
    EXPECT_EQ(result(other), waits);
}

TEST_F(Turn, AnsweredProgramIsOutOfTheReachOfItsServer) {
    Process &program = user(named(endpoint::pm).endpoint);
    Process &pm = named(endpoint::pm);
    map_page(pm, 0x500000);
    EXPECT_EQ(linux(program, 15), waits);
    EXPECT_EQ(receive(pm), 0);
    EXPECT_EQ(ipc(pm, IpcCall::sendnb, program.endpoint, message(15, program.tag, 4, true)), 0);
    constexpr auto answered = static_cast<std::uint64_t>(OpenCall::answered);
    EXPECT_EQ(call(pm, KernelCall::set_context, program.endpoint.value, 0x500000, answered), wire(Error::invalid));
    EXPECT_EQ(call(pm, KernelCall::fork, program.endpoint.value, 0), wire(Error::busy));
}

TEST_F(Turn, SendrecOvertakesNothingForItsPeer) {
    EXPECT_EQ(receive(*b), waits);
    EXPECT_EQ(receive(*c), waits);
    EXPECT_EQ(senda(*a, *b, 1), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, b->endpoint, message(2, 9)), wire(Error::busy));
    EXPECT_EQ(ipc(*a, IpcCall::send, b->endpoint, message(2, 9)), wire(Error::busy));
    EXPECT_EQ(try_fast_request(*a, 2ull << 32, 9, c->endpoint, 0), nullptr);  // left to the slow way
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, c->endpoint, message(3, 9)), waits);  // another peer: no commit
    EXPECT_EQ(received(*c).type, 3);
    EXPECT_EQ(result(*b), waits);
    EXPECT_EQ(reply_receive(*c, a->endpoint, message(3, 9, 0, true)), waits);
    EXPECT_EQ(result(*b), waits);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(received(*b).type, 1);
}

TEST_F(Turn, SendrecThatSaysSoComesFirst) {
    EXPECT_EQ(receive(*b), waits);
    EXPECT_EQ(senda(*a, *b, 1), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, b->endpoint, message(2, 9), message_flag::overtakes), waits);
    EXPECT_EQ(received(*b).type, 2);
    EXPECT_EQ(received(*b).flags, static_cast<unsigned>(IpcCall::sendrec));  // said to the kernel only
    EXPECT_EQ(reply_receive(*b, a->endpoint, message(2, 9, 0, true)), waits);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(received(*b).type, 1);
}

TEST_F(Turn, SendrecThatEndsTheTurnLetsGoFirst) {
    EXPECT_EQ(senda(*a, *b, 1), 0);
    EXPECT_EQ(senda(*a, *c, 2), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, b->endpoint, message(3, 9), message_flag::ends_turn), waits);
    EXPECT_EQ(receive(*b), 0);
    EXPECT_EQ(received(*b).type, 1);
    EXPECT_EQ(receive(*b), 0);
    EXPECT_EQ(received(*b).type, 3);
    EXPECT_EQ(receive(*c), 0);
    EXPECT_EQ(received(*c).type, 2);
}

TEST_F(Turn, CallerWhoseAnswerIsHeldCannotBeCalled) {
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, a->endpoint, message(9, 7)), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, c->endpoint, message(9, 7, 5, true)), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, c->endpoint, message(1, 1)), wire(Error::busy));
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, c->endpoint, message(1, 1), message_flag::overtakes), wire(Error::deadlock));
}

TEST_F(Turn, ReceiveFromTheCallerWhoseRequestIsUnansweredIsADeadlock) {
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, a->endpoint, message(9, 7)), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(receive(*a, c->endpoint), wire(Error::deadlock));
    EXPECT_TRUE(a->runnable());
    EXPECT_EQ(reply_receive(*a, c->endpoint, message(9, 7, 5, true), c->endpoint), waits);
    EXPECT_TRUE(c->runnable());
}

TEST_F(Turn, ServiceInMidTurnCannotBeSwapped) {
    Process &other = dynamic_service();
    stop(other, run_flag::no_priv);
    EXPECT_EQ(senda(*a, *b, 1), 0);
    stop(*a, run_flag::sig_pending);
    EXPECT_EQ(call(named(endpoint::vm), KernelCall::update, a->endpoint.value, other.endpoint.value),
              wire(Error::busy));
    end_turn(*a);
    EXPECT_EQ(call(named(endpoint::vm), KernelCall::update, a->endpoint.value, other.endpoint.value), 0);
}

TEST_F(Turn, StruckVersionOfAnUpdateHoldsNothing) {
    Process &other = dynamic_service();
    stop(other, run_flag::no_priv);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(call(named(endpoint::vm), KernelCall::update, a->endpoint.value, other.endpoint.value), 0);
    release(*a, run_flag::no_priv);
    a->registers.rax = 0;
    EXPECT_EQ(senda(*a, *b, 1, 5), 0);
    strike(*a);
    EXPECT_FALSE(a->has(run_flag::no_endpoint));  // the other version can have the endpoint
    EXPECT_EQ(unanswered(*a, *b), 0u);
    EXPECT_EQ(free_buffer_count(), free_at_start);
    EXPECT_TRUE(drain(*b).empty());
}

TEST_F(Turn, WhatIsDoneToOthersWaitsForTheEnd) {
    Process &program = user(b->endpoint);
    Process &pm = named(endpoint::pm);
    stop(program, run_flag::stopped);
    constexpr auto resume_it = static_cast<std::uint64_t>(RunRequest::resume);
    EXPECT_EQ(call(pm, KernelCall::run_control, program.endpoint.value, resume_it), 0);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::schedule, a->endpoint.value, 7, 1000), 0);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::kill, b->endpoint.value, signal::kill), 0);
    EXPECT_TRUE(program.has(run_flag::stopped));
    EXPECT_EQ(a->priority, 4);
    EXPECT_FALSE(b->has(run_flag::no_endpoint));
    receive(pm);
    EXPECT_TRUE(program.runnable());
    receive(named(endpoint::rs));
    EXPECT_EQ(a->priority, 7);
    EXPECT_TRUE(b->has(run_flag::no_endpoint));
}

TEST_F(Turn, WhatIsDoneToOthersGoesWithTheStruck) {
    stop(*d, run_flag::stopped);
    EXPECT_EQ(call(*a, KernelCall::run_control, d->endpoint.value, 1), 0);
    EXPECT_EQ(call(*a, KernelCall::schedule, c->endpoint.value, 7, 1000), 0);
    strike(*a);
    EXPECT_TRUE(d->has(run_flag::stopped));
    EXPECT_EQ(c->priority, 4);
    EXPECT_EQ(call_and_end(*b, KernelCall::run_control, d->endpoint.value, 1), 0);  // the place is free again
    EXPECT_FALSE(d->has(run_flag::stopped));
}

TEST_F(Turn, StopTakesEffectAtOnceAndTakesAStagedResumeBack) {
    Process &program = user(b->endpoint);
    stop(program, run_flag::stopped);
    EXPECT_EQ(call(*a, KernelCall::run_control, program.endpoint.value, 1), 0);
    EXPECT_EQ(call(*a, KernelCall::run_control, program.endpoint.value, 0), 0);
    receive(*a);
    EXPECT_TRUE(program.has(run_flag::stopped));
}

TEST_F(Turn, SecondManagerInMidTurnActsAtOnce) {
    EXPECT_EQ(call(*a, KernelCall::schedule, d->endpoint.value, 7, 1000), 0);
    EXPECT_EQ(call(*b, KernelCall::schedule, d->endpoint.value, 5, 1000), 0);
    EXPECT_EQ(d->priority, 5);
    receive(*a);
    EXPECT_EQ(d->priority, 7);
}

TEST_F(Turn, StagedForOneWhoIsClearedIsForgotten) {
    Process &gone = dynamic_service();
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::kill, gone.endpoint.value, signal::kill), 0);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::clear, gone.endpoint.value), 0);
    Process &next = dynamic_service();
    receive(named(endpoint::rs));
    EXPECT_FALSE(next.has(run_flag::no_endpoint));
}

TEST_F(Turn, OneWhoForgetsItsPeersIsSentNothingThatWasHeldBefore) {
    EXPECT_EQ(senda(*a, *b, 1, 5), 0);
    EXPECT_EQ(senda(*a, *b, 2), 0);
    EXPECT_EQ(call(*b, KernelCall::state_control, 1), 0);
    EXPECT_EQ(buffered(*a, *b), 0u);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).type, kernel_message::peer_died);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_TRUE(drain(*b).empty());
    EXPECT_EQ(free_buffer_count(), free_at_start);
}

TEST_F(Turn, AnswerHeldForACallerWhoWasReleasedOtherwiseIsForgotten) {
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, a->endpoint, message(9, 7)), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, c->endpoint, message(9, 7, 5, true)), 0);
    EXPECT_EQ(call(*a, KernelCall::state_control, 1), 0);
    EXPECT_EQ(result(*c), wire(Error::dead_peer));
    EXPECT_EQ(a->privilege->turn.reply_head, nullptr);
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, a->endpoint, message(9, 7)), waits);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(result(*c), waits);  // the same tag again is another call
    EXPECT_EQ(ipc(*a, IpcCall::sendnb, c->endpoint, message(9, 7, 6, true)), 0);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(received(*c).words[0], 6u);
}

// Three clients and two servers do random things; the kernel's accounts are compared with what the test remembers.
TEST_F(Turn, AccountsAreExactInRandomTurns) {
    std::mt19937 random(20261128);
    Process *const all[] = {a, b, c, d};
    struct Asked {
        std::uint64_t tag;
        bool received;
    };
    std::vector<Asked> asked[4][4];             // [by][at], not answered
    std::vector<std::uint64_t> answers[4];      // tags this turn has answered, per replier: they count when it ends
    std::vector<std::uint64_t> expected[4][4];  // tags that arrive, in order per pair
    std::vector<std::uint64_t> held[4][4];
    std::uint64_t next = 1;
    const auto commit = [&](unsigned i) {
        for (unsigned j = 0; j < 4; ++j) {
            for (const auto tag : held[i][j]) expected[i][j].push_back(tag);
            held[i][j].clear();
        }
    };
    for (unsigned round = 0; round < 20000; ++round) {
        const unsigned i = random() % 4, j = (i + 1 + random() % 3) % 4;
        Process &self = *all[i], &peer = *all[j];
        switch (random() % 4) {
            case 0: {  // a request or a tell
                const std::uint64_t tag = random() % 3 == 0 ? 0 : next++;
                const long sent = senda(self, peer, 1, tag);
                if (sent != 0) {
                    ASSERT_EQ(sent, wire(Error::would_block));
                    ASSERT_GE(buffered(self, peer), 16u);
                    break;
                }
                held[i][j].push_back(tag);
                if (tag != 0) asked[i][j].push_back({tag, false});
                break;
            }
            case 1: {  // an answer to something received
                auto &open = asked[j][i];
                const auto it = std::find_if(open.begin(), open.end(), [](const Asked &one) { return one.received; });
                if (it == open.end()) break;
                if (senda(self, peer, 0, it->tag, true) != 0) break;
                held[i][j].push_back(it->tag);
                answers[i].push_back(it->tag);
                open.erase(it);
                break;
            }
            default: {  // the end of the turn
                commit(i);
                answers[i].clear();
                if (receive(self) != 0) {
                    self.run_flags = 0;
                    break;
                }
                const Message got = received(self);
                if (got.is_notification()) break;
                const unsigned from = static_cast<unsigned>(
                    std::find_if(all, all + 4, [&](Process *one) { return one->endpoint == got.source; }) - all);
                ASSERT_LT(from, 4u);
                ASSERT_FALSE(expected[from][i].empty());
                ASSERT_EQ(expected[from][i].front(), got.tag);
                expected[from][i].erase(expected[from][i].begin());
                for (Asked &one : asked[from][i])
                    if (!got.is_reply() && one.tag == got.tag) one.received = true;
            }
        }
        // An answer that is held has not settled its request yet.
        for (unsigned x = 0; x < 4; ++x) {
            for (unsigned y = 0; y < 4; ++y) {
                ASSERT_EQ(buffered(*all[x], *all[y]), expected[x][y].size() + held[x][y].size());
                const unsigned pending = pair_of(*all[y]->privilege, *all[x]->privilege).held_replies;
                ASSERT_EQ(unanswered(*all[x], *all[y]), asked[x][y].size() + pending);
            }
        }
    }
    for (Process *one : all) strike(*one);
    for (Process *one : all) ASSERT_EQ(call(named(endpoint::pm), KernelCall::clear, one->endpoint.value), 0);
    EXPECT_EQ(free_buffer_count(), free_at_start);
}

}  // namespace
}  // namespace axo::kernel
