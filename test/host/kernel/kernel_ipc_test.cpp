// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// IPC: checks and their order, hand-over, order of reception, deadlock, replies and tags (ref 1.3 to 1.7, 9.1).
#include "fake/fake_arch.hpp"
#include "kernel/counters.hpp"
#include "kernel/ipc/ipc_fast.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }

class Ipc : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        a = &service(3);
        b = &service(4);
        c = &service(5);
    }
    Endpoint name(Process *process) { return process->endpoint; }
    Process *a, *b, *c;
};

TEST_F(Ipc, SendReachesAReceiverAtOnce) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(0x777, 5, 42)), 0);
    EXPECT_TRUE(b->runnable());
    const Message got = received(*b);
    EXPECT_EQ(got.source, name(a));
    EXPECT_EQ(got.type, 0x777);
    EXPECT_EQ(got.tag, 5u);
    EXPECT_EQ(got.words[0], 42u);
    EXPECT_EQ(got.call(), IpcCall::send);
}

TEST_F(Ipc, BlockedSenderIsReleasedByReceive) {
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(0x777)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, name(a)), 0);
    EXPECT_TRUE(a->runnable());
    EXPECT_EQ(result(*a), 0);
}

TEST_F(Ipc, ChecksComeInTheDocumentedOrder) {
    Privileges &rights = a->privilege->rights;
    EXPECT_EQ(ipc(*a, IpcCall::send, endpoint::any), wire(Error::invalid));
    EXPECT_EQ(ipc(*a, IpcCall::send, Endpoint::make(200, 0)), wire(Error::dead_peer));
    EXPECT_EQ(ipc(*a, IpcCall::send, Endpoint::make(4, 1)), wire(Error::dead_peer));
    rights.may_block_on.reset(4);
    rights.traps = 0;
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b)), wire(Error::call_denied));
    rights.may_block_on.set(4);
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b)), wire(Error::trap_denied));
    EXPECT_EQ(ipc(*a, static_cast<IpcCall>(9), name(b)), wire(Error::bad_request));
}

TEST_F(Ipc, TrapMaskCoversSenda) {
    a->privilege->rights.traps = ~trap_bit(IpcCall::senda);
    EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, name(b), message(1)), wire(Error::trap_denied));
}

TEST_F(Ipc, SendnbCarriesRepliesOnly) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(ipc_and_end(*a, IpcCall::sendnb, name(b), message(1)), wire(Error::invalid));
    EXPECT_EQ(result(*b), waits);
}

TEST_F(Ipc, SendrecIsCompletedOnlyByTheReplyWithItsTag) {
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, name(b), message(0x10, 7)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(received(*b).call(), IpcCall::sendrec);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::sendnb, name(a), message(0, 8, 0, true)), wire(Error::not_ready));
    EXPECT_EQ(ipc_and_end(*c, IpcCall::sendnb, name(a), message(0, 7, 0, true)), wire(Error::not_ready));
    EXPECT_EQ(ipc_and_end(*b, IpcCall::sendnb, name(a), message(0, 7, 0, false)), wire(Error::invalid));
    EXPECT_FALSE(a->runnable());
    EXPECT_EQ(ipc_and_end(*b, IpcCall::sendnb, name(a), message(0, 7, 99, true)), 0);
    EXPECT_EQ(received(*a).words[0], 99u);
}

TEST_F(Ipc, LateReplyIsDroppedAndCounted) {
    const auto before = this_cpu().counters.late_replies_dropped;
    EXPECT_EQ(ipc(*b, IpcCall::send, name(a), message(0, 7, 0, true)), wire(Error::not_ready));
    EXPECT_EQ(this_cpu().counters.late_replies_dropped, before + 1);
}

TEST_F(Ipc, ReplyReceiveAnswersAndWaits) {
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, name(b), message(0x10, 7)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(reply_receive(*b, name(a), message(0, 7, 1, true)), waits);
    EXPECT_EQ(result(*a), 0);
    EXPECT_EQ(b->registers.rdi, 0u);
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(2)), 0);
    EXPECT_EQ(reply_receive(*b, name(a), message(0, 7, 1, true)), waits);
    EXPECT_EQ(static_cast<std::int64_t>(b->registers.rdi), to_wire(Error::not_ready));
}

TEST_F(Ipc, TwoRequestsToEachOtherAreADeadlock) {
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, name(b), message(1, 1)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::sendrec, name(a), message(1, 1)), wire(Error::deadlock));
}

TEST_F(Ipc, ServerThatTookTheRequestMayNotCallItsCaller) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, name(b), message(1, 1)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::sendrec, name(a), message(1, 1)), wire(Error::deadlock));
}

TEST_F(Ipc, OneSendsAndOneReceivesIsLegal) {
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(1)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, name(a)), 0);
    EXPECT_EQ(ipc(*b, IpcCall::receive, name(a)), waits);
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(1)), 0);
}

TEST_F(Ipc, RingOfThreeIsRefusedToTheCloser) {
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(1)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::send, name(c), message(1)), waits);
    EXPECT_EQ(ipc(*c, IpcCall::send, name(a), message(1)), wire(Error::deadlock));
}

TEST_F(Ipc, TwoReceivesFromEachOtherAreADeadlock) {
    EXPECT_EQ(ipc(*a, IpcCall::receive, name(b)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, name(a)), wire(Error::deadlock));
}

TEST_F(Ipc, ReceiveOrder) {
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(0x20)), waits);
    EXPECT_EQ(ipc_and_end(*c, IpcCall::senda, name(b), message(0x30)), 0);
    EXPECT_EQ(ipc_and_end(*c, IpcCall::notify, name(b)), 0);
    EXPECT_EQ(ipc_and_end(named(endpoint::pm), IpcCall::notify, name(b)), 0);
    b->privilege->pending_interrupts = 4;
    kernel_notify(*b->privilege, KernelSender::hardware);
    kernel_notify(*b->privilege, KernelSender::clock);
    const Endpoint order[] = {endpoint::clock, endpoint::hardware, endpoint::pm, name(c), name(c), name(a)};
    const IpcCall calls[] = {IpcCall::notify, IpcCall::notify, IpcCall::notify,
                             IpcCall::notify, IpcCall::senda,  IpcCall::send};
    for (unsigned i = 0; i < 6; ++i) {
        ASSERT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
        EXPECT_EQ(received(*b).source, order[i]) << i;
        EXPECT_EQ(received(*b).call(), calls[i]) << i;
        if (i == 1) { EXPECT_EQ(received(*b).words[0], 4u); }
    }
}

TEST_F(Ipc, NotificationsMergePerSender) {
    for (int i = 0; i < 100; ++i) EXPECT_EQ(ipc_and_end(*a, IpcCall::notify, name(b)), 0);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
}

TEST_F(Ipc, NotificationAndAsyncDoNotEnterASendrec) {
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, name(b), message(1, 1)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::notify, name(a)), 0);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::senda, name(a), message(0x55)), 0);
    EXPECT_FALSE(a->runnable());
    EXPECT_EQ(ipc_and_end(*b, IpcCall::senda, name(a), message(0, 1, 3, true)), 0);
    EXPECT_EQ(received(*a).words[0], 3u);
    EXPECT_EQ(ipc(*a, IpcCall::receive, endpoint::any), 0);
    EXPECT_TRUE(received(*a).is_notification());
    EXPECT_EQ(ipc(*a, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(received(*a).type, 0x55);
}

TEST_F(Ipc, StatusNamesTheCall) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), message(1)), 0);
    EXPECT_EQ(received(*b).call(), IpcCall::send);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, name(b), message(1)), 0);
    EXPECT_EQ(received(*b).call(), IpcCall::senda);
}

TEST_F(Ipc, SendersCannotForgeKernelFlags) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    Message forged = message(1);
    forged.flags = message_flag::from_kernel | message_flag::from_user;
    EXPECT_EQ(ipc(*a, IpcCall::send, name(b), forged), 0);
    EXPECT_FALSE(received(*b).from_kernel());
    EXPECT_FALSE(received(*b).from_user());
}

TEST_F(Ipc, LinuxCallBecomesAMessageAndItsAnswerRax) {
    Process &program = user(name(b));
    EXPECT_EQ(linux(program, 39, 17), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    const Message got = received(*b);
    EXPECT_EQ(got.type, 39);
    EXPECT_TRUE(got.from_user());
    EXPECT_EQ(got.words[0], 17u);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::sendnb, program.endpoint, message(0, got.tag, 1234, true)), 0);
    EXPECT_EQ(result(program), 1234);
    EXPECT_EQ(program.syscall_number, no_call);
}

TEST_F(Ipc, UnroutedAndForeignNumbersAreNotThere) {
    Process &program = user(endpoint::none);
    EXPECT_EQ(linux(program, 39), wire(Error::no_syscall));
    EXPECT_EQ(linux(program, 0x200), wire(Error::no_syscall));
    EXPECT_EQ(linux(program, ~0ull), wire(Error::no_syscall));
}

TEST_F(Ipc, RestartedLinuxCallIsIssuedAgain) {
    Process &program = user(name(b));
    program.registers.rip = 0x401002;
    EXPECT_EQ(linux(program, 39), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    const auto restart = static_cast<std::uint64_t>(to_wire(Error::restart_call));
    EXPECT_EQ(ipc_and_end(*b, IpcCall::sendnb, program.endpoint, message(0, received(*b).tag, restart, true)), 0);
    EXPECT_EQ(program.registers.rax, 39u);
    EXPECT_EQ(program.registers.rip, 0x401000u);
}

TEST_F(Ipc, RestartWaitsForTheManagerOfAHaltedProgram) {
    Process &program = user(name(b));
    program.registers.rip = 0x401002;
    EXPECT_EQ(linux(program, 39), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    const Message got = received(*b);
    EXPECT_EQ(call_and_end(named(endpoint::pm), KernelCall::run_control, program.endpoint.value, 0), 0);
    const auto restart = static_cast<std::uint64_t>(to_wire(Error::restart_call));
    EXPECT_EQ(ipc_and_end(*b, IpcCall::sendnb, program.endpoint, message(0, got.tag, restart, true)), 0);
    EXPECT_EQ(program.syscall_number, 39u);
    EXPECT_EQ(program.registers.rip, 0x401002u);
    EXPECT_EQ(call_and_end(named(endpoint::pm), KernelCall::run_control, program.endpoint.value, 1), 0);
    EXPECT_EQ(program.registers.rip, 0x401000u);
    EXPECT_EQ(program.registers.rax, 39u);
}

TEST_F(Ipc, InterruptTakesBackOnlyWhatNobodyReceived) {
    std::byte *memory = map_page(named(endpoint::pm), 0x500000);
    Process &program = user(name(b));
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::interrupt_user, program.endpoint.value, 0x500000), 0);
    EXPECT_EQ(linux(program, 39), waits);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::interrupt_user, program.endpoint.value, 0x500000), 1);
    EXPECT_EQ(result(program), wire(Error::interrupted));
    EXPECT_EQ(linux(program, 39), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::interrupt_user, program.endpoint.value, 0x500000), 2);
    EXPECT_EQ(named(endpoint::pm).registers.rdx, name(b).value);
    EXPECT_EQ(*reinterpret_cast<std::uint64_t *>(memory), program.tag);
}

TEST_F(Ipc, FastRequestDoesWhatTheSlowOneDoes) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    ASSERT_EQ(try_fast_request(*a, 0x77ull << 32, 9, Endpoint::make(4, 1), 0), nullptr);
    a->privilege->rights.may_block_on.reset(4);
    ASSERT_EQ(try_fast_request(*a, 0x77ull << 32, 9, name(b), 0), nullptr);
    a->privilege->rights.may_block_on.set(4);
    this_cpu().scheduler.current = a;
    ASSERT_EQ(try_fast_request(*a, 0x77ull << 32 | 0xfeffull << 48, 9, name(b), fake::time + 10), b);
    EXPECT_EQ(a->run_flags, run_flag::awaiting_reply);
    EXPECT_EQ(a->registers.rsi, 3ull << 48 | 0x77ull << 32 | name(a).value);
    EXPECT_EQ(this_cpu().scheduler.current, b);
    EXPECT_EQ(b->billed, a);
    ASSERT_EQ(try_fast_reply(*b, 0, 9, name(a), 0, endpoint::any, 0), nullptr);  // not marked as a reply
    const std::uint64_t reply = std::uint64_t{message_flag::reply} << 48;
    ASSERT_EQ(try_fast_reply(*b, reply, 8, name(a), 0, endpoint::any, 0), nullptr);
    b->privilege->waiting = waiting::note;
    ASSERT_EQ(try_fast_reply(*b, reply, 9, name(a), 0, endpoint::any, 0), nullptr);
    b->privilege->waiting = 0;
    ASSERT_EQ(try_fast_reply(*b, reply, 9, name(a), 0, endpoint::any, fake::time + 20), a);
    EXPECT_EQ(b->run_flags, run_flag::receiving);
    EXPECT_EQ(a->run_flags, 0u);
}

TEST_F(Ipc, FastReplyComesAfterTheAnswersThatItsTurnHolds) {
    const std::uint64_t reply = std::uint64_t{message_flag::reply} << 48;
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, name(b), message(0x30, 8)), waits);
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, name(b), message(0x31, 9)), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(ipc(*b, IpcCall::senda, name(a), message(0, 8, 5, true)), 0);
    this_cpu().scheduler.current = b;
    EXPECT_EQ(try_fast_reply(*b, reply, 9, name(c), 0, endpoint::any, fake::time + 10), nullptr);
    b->privilege->waiting |= waiting::note;
    EXPECT_FALSE(fast::answers_left(*b));  // more than answers: that is for the slow way
    EXPECT_TRUE(a->has(run_flag::awaiting_reply));
    b->privilege->waiting &= ~waiting::note;
    EXPECT_TRUE(fast::answers_left(*b));
    EXPECT_EQ(received(*a).words[0], 5u);
    EXPECT_TRUE(a->runnable());
    EXPECT_FALSE(fast::answers_left(*b));  // there is nothing any more
    EXPECT_EQ(try_fast_reply(*b, reply, 9, name(c), 0, endpoint::any, fake::time + 10), c);
    EXPECT_EQ(b->run_flags, run_flag::receiving);
}

TEST_F(Ipc, FastNotificationIsHeldAsTheSlowOneIs) {
    Process &gone = dynamic_service();
    const Endpoint stale = gone.endpoint;
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_FALSE(try_fast_notify(*a, endpoint::any));
    EXPECT_FALSE(try_fast_notify(*a, user().endpoint));
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, stale.value), 0);
    EXPECT_FALSE(try_fast_notify(*a, stale));
    a->privilege->rights.may_send_to.reset(4);
    EXPECT_FALSE(try_fast_notify(*a, name(b)));
    a->privilege->rights.may_send_to.set(4);
    a->privilege->rights.traps &= ~trap_bit(IpcCall::notify);
    EXPECT_FALSE(try_fast_notify(*a, name(b)));
    a->privilege->rights.traps |= trap_bit(IpcCall::notify);
    EXPECT_EQ(a->privilege->waiting, 0u);
    EXPECT_TRUE(try_fast_notify(*a, name(b)));
    EXPECT_TRUE(try_fast_notify(*a, name(b)));
    EXPECT_EQ(result(*b), waits);
    EXPECT_EQ(ipc(*a, IpcCall::receive, endpoint::any), waits);
    EXPECT_TRUE(received(*b).is_notification());
    EXPECT_EQ(received(*b).source, name(a));
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
}

TEST_F(Ipc, ARequestMayNotBearTheReplyFlag) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    const std::uint64_t reply = std::uint64_t{message_flag::reply} << 48;
    EXPECT_EQ(try_fast_request(*a, reply, 9, name(b), 0), nullptr);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, name(b), message(1, 9, 0, true)), wire(Error::invalid));
    EXPECT_TRUE(a->runnable());
    EXPECT_FALSE(b->runnable());
}

TEST_F(Ipc, SendaReceiveSendsThenWaits) {
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(send_receive(IpcCall::senda_receive, *a, name(b), message(0x30, 4, 5)), waits);
    EXPECT_EQ(received(*b).call(), IpcCall::senda);
    EXPECT_EQ(received(*b).words[0], 5u);
    EXPECT_EQ(a->registers.rdi, 0u);
    EXPECT_EQ(send_receive(IpcCall::senda_receive, *b, name(a), message(0, 4, 6, true)), waits);
    EXPECT_TRUE(received(*a).is_reply());
    EXPECT_EQ(received(*a).words[0], 6u);
}

TEST_F(Ipc, SendaReceiveThatIsRefusedReceivesNothing) {
    a->privilege->rights.may_send_to.reset(4);
    EXPECT_EQ(ipc_and_end(*c, IpcCall::senda, name(a), message(7)), 0);
    EXPECT_EQ(send_receive(IpcCall::senda_receive, *a, name(b), message(0x30, 4)), to_wire(Error::call_denied));
    EXPECT_EQ(static_cast<std::int64_t>(a->registers.rdi), to_wire(Error::call_denied));
    EXPECT_EQ(ipc(*a, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(received(*a).type, 7);
    b->privilege->rights.traps &= ~trap_bit(IpcCall::senda);
    EXPECT_EQ(send_receive(IpcCall::senda_receive, *b, name(c), message(0x30, 4)), to_wire(Error::trap_denied));
    EXPECT_EQ(static_cast<std::int64_t>(b->registers.rdi), to_wire(Error::trap_denied));
    EXPECT_TRUE(b->runnable());
}

TEST_F(Ipc, FastAsyncDoesWhatTheSlowOneDoes) {
    const std::uint64_t request = 0x30ull << 32, reply = std::uint64_t{message_flag::reply} << 48;
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    this_cpu().scheduler.current = a;
    this_cpu().scheduler.ready_mask = 0;
    a->registers.rdx = 4;  // the tag
    ASSERT_EQ(try_fast_async(*a, request, name(b), endpoint::any, fake::time + 10), b);
    EXPECT_EQ(a->run_flags, run_flag::receiving);
    EXPECT_EQ(a->peer, endpoint::any);
    EXPECT_EQ(a->registers.rdi, 0u);
    EXPECT_EQ(a->registers.rsi, request | std::uint64_t{16} << 48 | name(a).value);
    EXPECT_EQ(b->run_flags, 0u);
    EXPECT_EQ(b->billed, nullptr);
    EXPECT_EQ(this_cpu().scheduler.current, b);
    EXPECT_EQ(pair_of(*a->privilege, *b->privilege).unanswered, 1);
    ASSERT_EQ(try_fast_async(*b, reply, name(a), endpoint::any, fake::time + 20), a);
    EXPECT_EQ(pair_of(*a->privilege, *b->privilege).unanswered, 0);
    EXPECT_EQ(b->run_flags, run_flag::receiving);
    ASSERT_EQ(try_fast_async(*a, reply, name(b), endpoint::any, 0), nullptr);  // answers nothing
}

TEST_F(Ipc, FastAsyncLeavesTheRestToTheSlowWay) {
    const std::uint64_t request = 0x30ull << 32;
    const auto refused = [&] { return try_fast_async(*a, request, name(b), endpoint::any, 0) == nullptr; };
    this_cpu().scheduler.current = a;
    this_cpu().scheduler.ready_mask = 0;
    EXPECT_TRUE(refused());  // b does not wait
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(try_fast_async(*a, request, name(b), name(c), 0), nullptr);  // not from any
    a->privilege->waiting = waiting::async;
    EXPECT_TRUE(refused());
    a->privilege->waiting = 0;
    a->privilege->rights.may_send_to.reset(4);
    EXPECT_TRUE(refused());
    a->privilege->rights.may_send_to.set(4);
    a->privilege->rights.traps &= ~trap_bit(IpcCall::senda);
    EXPECT_TRUE(refused());
    a->privilege->rights.traps |= trap_bit(IpcCall::senda);
    this_cpu().scheduler.ready_mask = 1u << b->priority;  // somebody came first
    EXPECT_TRUE(refused());
    EXPECT_EQ(pair_of(*a->privilege, *b->privilege).unanswered, 0);
    this_cpu().scheduler.ready_mask = 0;
    EXPECT_FALSE(refused());
}

TEST_F(Ipc, WhoeverBecomesReadyWithoutATimerIsNoticed) {
    this_cpu().scheduler.current = a;
    this_cpu().scheduler.ask = false;
    this_cpu().scheduler.quantum_timer = true;
    stop(*b, run_flag::stopped);
    release(*b, run_flag::stopped);
    EXPECT_FALSE(this_cpu().scheduler.ask);  // not above, and the timer will end the quantum
    this_cpu().scheduler.quantum_timer = false;
    stop(*b, run_flag::stopped);
    release(*b, run_flag::stopped);
    EXPECT_TRUE(this_cpu().scheduler.ask);
}

TEST_F(Ipc, FastReplyNeverShowsAnErrorOfOursToAProgram) {
    Process &program = user(name(b));
    EXPECT_EQ(linux(program, 39), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    const std::uint64_t reply = std::uint64_t{message_flag::reply} << 48;
    const auto dead = static_cast<std::uint64_t>(to_wire(Error::dead_peer));
    EXPECT_EQ(try_fast_reply(*b, reply, program.tag, program.endpoint, dead, endpoint::any, 0), nullptr);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::sendnb, program.endpoint, message(0, program.tag, dead, true)), 0);
    EXPECT_EQ(result(program), wire(Error::io));
}

TEST_F(Ipc, RewrittenContextTakesTheSlowWayOut) {
    Process &program = user(name(b));
    EXPECT_EQ(linux(program, 15), waits);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), 0);
    program.full_restore = 1;  // set_context: rcx and r11 count too
    const std::uint64_t reply = std::uint64_t{message_flag::reply} << 48;
    EXPECT_EQ(try_fast_reply(*b, reply, program.tag, program.endpoint, 0, endpoint::any, 0), nullptr);
}

}  // namespace
}  // namespace axo::kernel
