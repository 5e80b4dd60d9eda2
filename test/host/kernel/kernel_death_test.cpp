// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// Asynchronous messages, death rules, signals and managers, update (ref 1.6, 1.8, 1.11, 1.12, 1.15, 9.1).
#include <cstring>

#include "fake/fake_arch.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/ipc/message_pool.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/death.hpp"
#include "kernel/process/signal.hpp"

namespace axo::kernel {
namespace {

constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }

class Death : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        a = &service(3);
        b = &service(4);
        c = &service(5);
    }
    long receive(Process &process) { return ipc(process, IpcCall::receive, endpoint::any); }
    Process *a, *b, *c;
};

TEST_F(Death, AsyncIsBoundedPerPairAndTellsWhenThereIsRoom) {
    for (int i = 0; i < 16; ++i)
        EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, b->endpoint, message(1, static_cast<unsigned>(i))), 0);
    EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, b->endpoint, message(1)), wire(Error::would_block));
    EXPECT_EQ(ipc_and_end(*c, IpcCall::senda, b->endpoint, message(1)), 0);
    for (unsigned i = 0; i < 8; ++i) {
        EXPECT_EQ(receive(*b), 0);
        EXPECT_EQ(received(*b).tag, i);
    }
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).source, endpoint::system);
    EXPECT_EQ(received(*a).words[0], kernel_signal::send_room);
}

TEST_F(Death, OneSenderCannotUseUpTheServersShare) {
    unsigned sent = 0;
    for (unsigned n = 0; n < 200; ++n) {
        Process &from = dynamic_service();
        for (int i = 0; i < 16; ++i) sent += ipc_and_end(from, IpcCall::senda, b->endpoint, message(1)) == 0;
    }
    EXPECT_GT(sent, 1000u);
    EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, b->endpoint, message(1)), wire(Error::would_block));
    EXPECT_EQ(ipc_and_end(named(endpoint::rs), IpcCall::senda, b->endpoint, message(1)), 0);
}

TEST_F(Death, EverybodyBlockedOnTheTerminatedIsReleasedAtOnce) {
    Process &program = user(b->endpoint);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, b->endpoint, message(1, 1)), waits);
    EXPECT_EQ(receive(*b), 0);
    EXPECT_EQ(ipc(*c, IpcCall::send, b->endpoint, message(1)), waits);
    EXPECT_EQ(linux(program, 1), waits);
    EXPECT_EQ(call_and_end(named(endpoint::rs), KernelCall::kill, b->endpoint.value, signal::kill), 0);
    EXPECT_EQ(result(*a), wire(Error::dead_peer));
    EXPECT_EQ(result(*c), wire(Error::dead_peer));
    EXPECT_EQ(result(program), wire(Error::io));
    EXPECT_EQ(ipc(*a, IpcCall::send, b->endpoint), wire(Error::dead_peer));
    EXPECT_EQ(b->caller_head, nullptr);
}

TEST_F(Death, TermDoesNotSever) {
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, b->endpoint, message(1, 1)), waits);
    EXPECT_EQ(call_and_end(named(endpoint::rs), KernelCall::kill, b->endpoint.value, 15), 0);
    EXPECT_EQ(result(*a), waits);
}

TEST_F(Death, ReceiveAnyIsNotDisturbedAndNotesOfTheDeadVanish) {
    EXPECT_EQ(ipc_and_end(*b, IpcCall::notify, a->endpoint), 0);
    EXPECT_EQ(receive(*c), waits);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, b->endpoint.value), 0);
    EXPECT_EQ(result(*c), waits);
    EXPECT_EQ(receive(*a), waits);
}

TEST_F(Death, PeersWithUnansweredRequestsHearOnce) {
    EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, b->endpoint, message(1, 1)), 0);
    EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, b->endpoint, message(1, 2)), 0);
    EXPECT_EQ(ipc_and_end(*c, IpcCall::senda, b->endpoint, message(1, 3)), 0);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(receive(*b), 0);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::senda, c->endpoint, message(0, 3, 0, true)), 0);
    EXPECT_EQ(call_and_end(named(endpoint::rs), KernelCall::kill, b->endpoint.value, signal::segv), 0);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).type, kernel_message::peer_died);
    EXPECT_TRUE(received(*a).from_kernel());
    EXPECT_EQ(received(*a).words[0], b->endpoint.value);
    EXPECT_EQ(received(*a).words[1], signal::segv);
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(receive(*c), 0);
    EXPECT_TRUE(received(*c).is_reply());  // answered, so only the reply
    EXPECT_EQ(receive(*c), waits);
}

TEST_F(Death, RequestsOfTheDeadAreDroppedItsRepliesStay) {
    EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, b->endpoint, message(1, 1)), 0);
    EXPECT_EQ(receive(*b), 0);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::senda, a->endpoint, message(0x66, 9)), 0);
    EXPECT_EQ(ipc_and_end(*b, IpcCall::senda, a->endpoint, message(0, 1, 5, true)), 0);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, b->endpoint.value), 0);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).words[0], 5u);
    EXPECT_EQ(receive(*a), waits);
}

TEST_F(Death, NothingLeaksWhenServicesDie) {
    const unsigned buffers = free_buffer_count(), slots = the_kernel.processes.free_count,
                   rights = free_privilege_count();
    const std::size_t frames = the_kernel.table_pool.available();
    for (int round = 0; round < 50; ++round) {
        Process &x = dynamic_service(), &y = dynamic_service();
        EXPECT_EQ(ipc_and_end(x, IpcCall::senda, y.endpoint, message(1)), 0);
        EXPECT_EQ(ipc_and_end(y, IpcCall::senda, x.endpoint, message(1)), 0);
        EXPECT_EQ(ipc_and_end(y, IpcCall::senda, a->endpoint, message(1)), 0);
        EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, y.endpoint, message(1)), 0);
        destroy(x);
        destroy(y);
        while (receive(*a) == 0) {}
        EXPECT_TRUE(reap_spaces());
    }
    EXPECT_EQ(free_buffer_count(), buffers);
    EXPECT_EQ(the_kernel.processes.free_count, slots);
    EXPECT_EQ(free_privilege_count(), rights);
    EXPECT_EQ(the_kernel.table_pool.available(), frames);
}

TEST_F(Death, StateControlUnlinksItsCallers) {
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, b->endpoint, message(1, 1)), waits);
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, named(endpoint::ds).endpoint, message(1, 1)), waits);
    EXPECT_EQ(call(*b, KernelCall::state_control, 2), wire(Error::invalid));
    EXPECT_EQ(call(*b, KernelCall::state_control, 1), 0);
    EXPECT_EQ(result(*a), wire(Error::dead_peer));
    EXPECT_EQ(result(*c), waits);
    EXPECT_EQ(receive(*b), waits);
}

TEST_F(Death, OldGenerationIsDeadAfterReuse) {
    Process &old = dynamic_service();
    const Endpoint name = old.endpoint;
    destroy(old);
    Process *again = nullptr;
    while (again == nullptr || again->slot() != name.slot()) again = *allocate_process();
    EXPECT_NE(again->endpoint, name);
    EXPECT_EQ(ipc(*a, IpcCall::send, name), wire(Error::dead_peer));
}

TEST_F(Death, ManagerFetchesAndEndsSignals) {
    Process &rs = named(endpoint::rs);
    EXPECT_EQ(call(rs, KernelCall::get_signal), static_cast<long>(endpoint::none.value));
    EXPECT_EQ(call_and_end(rs, KernelCall::kill, b->endpoint.value, 15), 0);
    EXPECT_EQ(receive(rs), 0);
    EXPECT_EQ(received(rs).words[0], kernel_signal::manage);
    EXPECT_EQ(call(rs, KernelCall::get_signal), static_cast<long>(b->endpoint.value));
    EXPECT_EQ(rs.registers.rdx, signal_bit(15));
    EXPECT_EQ(call_and_end(named(endpoint::pm), KernelCall::end_signal, b->endpoint.value), wire(Error::not_permitted));
    EXPECT_EQ(call_and_end(rs, KernelCall::kill, b->endpoint.value, 1), 0);
    EXPECT_EQ(call_and_end(rs, KernelCall::end_signal, b->endpoint.value), 0);
    EXPECT_FALSE(b->runnable());  // a new one came meanwhile
    EXPECT_EQ(call(rs, KernelCall::get_signal), static_cast<long>(b->endpoint.value));
    EXPECT_EQ(call_and_end(rs, KernelCall::end_signal, b->endpoint.value), 0);
    EXPECT_TRUE(b->runnable());
    EXPECT_EQ(call_and_end(rs, KernelCall::end_signal, b->endpoint.value), wire(Error::invalid));
}

TEST_F(Death, SelfManagerIsToldAndDiesOfLethalSignals) {
    Process &rs = named(endpoint::rs);
    EXPECT_EQ(call_and_end(named(endpoint::pm), KernelCall::kill, rs.endpoint.value, 15), 0);
    EXPECT_EQ(receive(rs), 0);
    EXPECT_EQ(received(rs).words[0], kernel_signal::manage_self);
    EXPECT_THROW(cause_signal(rs, signal::segv), Panic);
}

TEST_F(Death, OnlyTheManagerAndWhoSpeaksForItMaySignal) {
    Process &rs = named(endpoint::rs);
    Process &program = user(b->endpoint);
    EXPECT_EQ(call(*a, KernelCall::kill, rs.endpoint.value, signal::segv), wire(Error::not_permitted));
    EXPECT_EQ(call(*a, KernelCall::kill, b->endpoint.value, signal::kill), wire(Error::not_permitted));
    EXPECT_EQ(call(*a, KernelCall::kill, program.endpoint.value, signal::kill), wire(Error::not_permitted));
    EXPECT_EQ(call(named(endpoint::vm), KernelCall::kill, b->endpoint.value, 9), wire(Error::not_permitted));
    EXPECT_EQ(call(named(endpoint::vm), KernelCall::kill, program.endpoint.value, 9), 0);
    EXPECT_EQ(call(rs, KernelCall::kill, a->endpoint.value, 15), 0);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::kill, a->endpoint.value, 15), 0);
}

TEST_F(Death, BreakpointsAndDebugTrapsKillAService) {
    using enum UserException::Kind;
    for (const auto kind : {signal, single_step}) {
        Process &service = dynamic_service();
        EXPECT_EQ(ipc_and_end(*a, IpcCall::senda, service.endpoint, message(1, 7)), 0);
        user_exception(service, {kind, signal::trap, 0, 3, 0, 0});
        EXPECT_TRUE(service.has(run_flag::no_endpoint));
        EXPECT_EQ(receive(*a), 0);
        EXPECT_EQ(received(*a).words[1], signal::trap);
    }
}

TEST_F(Death, ExitIsAnAbortToTheManager) {
    EXPECT_EQ(call(*b, KernelCall::exit, 3), waits);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::get_signal), static_cast<long>(b->endpoint.value));
    EXPECT_EQ(named(endpoint::rs).registers.rdx, signal_bit(signal::abort));
}

TEST_F(Death, InterruptsOfTheTerminatedAreMasked) {
    EXPECT_EQ(call(*b, KernelCall::irq_control, 0, 5, 3, 0), 1);
    EXPECT_EQ(call(*b, KernelCall::irq_control, 2, 1), 0);
    EXPECT_FALSE(fake::masked[5]);
    EXPECT_EQ(call(*a, KernelCall::irq_control, 2, 1), wire(Error::not_permitted));
    EXPECT_EQ(call(*b, KernelCall::irq_control, 0, 5, 32, 0), wire(Error::invalid));
    EXPECT_EQ(call_and_end(named(endpoint::rs), KernelCall::kill, b->endpoint.value, signal::kill), 0);
    EXPECT_TRUE(fake::masked[5]);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, b->endpoint.value), 0);
    EXPECT_EQ(interrupt_hooks_in_use(), 0u);
}

TEST_F(Death, UpdateKeepsWhatNamesTheEndpoint) {
    const Endpoint name_a = a->endpoint, name_b = b->endpoint;
    EXPECT_EQ(receive(*a), waits);
    EXPECT_EQ(receive(*b), waits);
    EXPECT_EQ(ipc(*c, IpcCall::receive, name_a), waits);
    a->privilege->grant_count = 11;
    b->privilege->grant_count = 22;
    a->registers.rip = 0xa;
    b->registers.rip = 0xb;
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::update, name_a.value, name_b.value), 0);
    EXPECT_EQ(a->endpoint, name_a);
    EXPECT_EQ(a->registers.rip, 0xbu);
    EXPECT_EQ(a->privilege->owner, a);
    EXPECT_EQ(a->privilege->grant_count, 22u);
    EXPECT_EQ(a->privilege->id(), 3u);
    EXPECT_EQ(ipc(named(endpoint::ds), IpcCall::send, name_a, message(0x99)), 0);
    EXPECT_EQ(received(*a).type, 0x99);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::update, name_a.value, name_b.value), wire(Error::busy));
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::update, name_b.value, user().endpoint.value),
              wire(Error::not_permitted));
}

TEST_F(Death, UpdateServesASenderThatWasQueuedBefore) {
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, a->endpoint, message(0x44, 3)), waits);
    stop(*a, run_flag::no_priv);
    EXPECT_EQ(receive(*b), waits);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::update, a->endpoint.value, b->endpoint.value), 0);
    EXPECT_EQ(a->caller_head, c);
    EXPECT_EQ(b->caller_head, nullptr);
}

// ---- live update: what ref 3.19 does, step by step

class LiveUpdate : public Death {
protected:
    void SetUp() override {
        Death::SetUp();
        old_name = a->endpoint;
        new_name = b->endpoint;
        a->registers.rip = 0xa;
        b->registers.rip = 0xb;
        for (Process *process : {a, b}) process->privilege->rights.signal_manager = endpoint::rs;
        stop(*b, run_flag::no_priv);
        EXPECT_EQ(ipc(named(endpoint::rs), IpcCall::receive, endpoint::any), waits);
        EXPECT_EQ(ipc(*a, IpcCall::sendrec, endpoint::rs, message(0x717, 77)), waits);  // "ready"
    }
    long update() { return call(named(endpoint::vm), KernelCall::update, old_name.value, new_name.value); }
    /// The new version runs in the old one's place.
    void swap_and_allow() {
        ASSERT_EQ(update(), 0);
        ASSERT_EQ(a->registers.rip, 0xbu);
        release(*a, run_flag::no_priv);
    }
    long strike(Process &process, unsigned signal) {
        return call_and_end(named(endpoint::rs), KernelCall::kill, process.endpoint.value, signal);
    }
    Endpoint old_name, new_name;
};

TEST_F(LiveUpdate, OldVersionThatWaitsForRsCanBeSwapped) {
    swap_and_allow();
    EXPECT_EQ(a->endpoint, old_name);
    EXPECT_TRUE(a->runnable());
    EXPECT_TRUE(b->has(run_flag::awaiting_reply));
}

TEST_F(LiveUpdate, NewVersionMayAnswerAServiceThatWasMadeAfterIt) {
    Process &other = dynamic_service();
    b->privilege->rights.may_send_to.reset(other.privilege->id());
    other.privilege->rights.may_send_to.reset(b->privilege->id());
    other.privilege->rights.may_send_to.set(a->privilege->id());
    a->privilege->rights.may_send_to.set(other.privilege->id());
    ASSERT_EQ(update(), 0);
    EXPECT_TRUE(a->privilege->rights.may_send_to.test(other.privilege->id()));
}

TEST_F(LiveUpdate, RunningOrSendingVersionIsBusy) {
    release(*b, run_flag::no_priv);
    EXPECT_EQ(update(), wire(Error::busy));
    EXPECT_EQ(ipc(*b, IpcCall::send, c->endpoint, message(1)), waits);
    EXPECT_EQ(update(), wire(Error::busy));
}

TEST_F(LiveUpdate, VersionThatWaitsForAnotherServerIsBusy) {
    release(*b, run_flag::no_priv);
    EXPECT_EQ(receive(*c), waits);
    EXPECT_EQ(ipc(*b, IpcCall::sendrec, c->endpoint, message(1, 5)), waits);
    EXPECT_EQ(update(), wire(Error::busy));
}

TEST_F(LiveUpdate, GrantInUseIsBusy) {
    c->call_pending = true;
    c->registers.rax = number_of(KernelCall::safe_copy_from);
    c->registers.rdi = old_name.value;
    EXPECT_EQ(update(), wire(Error::busy));
    c->registers.rdi = endpoint::vfs.value;
    EXPECT_EQ(update(), 0);
}

TEST_F(LiveUpdate, OnlyAVectorThatNamesAVersionIsBusy) {
    constexpr std::uint64_t place = 0x1000'0000 + page_size - sizeof(VectorCopy) / 2;  // across two pages
    auto *memory = static_cast<std::byte *>(map_page(*c, 0x1000'0000));
    auto *beyond = static_cast<std::byte *>(map_page(*c, 0x1000'0000 + page_size));
    const auto write = [&](Endpoint from, Endpoint to) {
        const VectorCopy element{from, to, GrantId{1}, 0, 0, VirtAddr{0}, 8};
        const auto *bytes = reinterpret_cast<const std::byte *>(&element);
        std::memcpy(memory + page_size - sizeof element / 2, bytes, sizeof element / 2);
        std::memcpy(beyond, bytes + sizeof element / 2, sizeof element / 2);
    };
    c->call_pending = true;
    c->registers.rax = number_of(KernelCall::vsafe_copy);
    c->registers.rdi = place;
    c->registers.rsi = 1;
    write(endpoint::self, old_name);
    EXPECT_EQ(update(), wire(Error::busy));
    write(new_name, endpoint::self);
    EXPECT_EQ(update(), wire(Error::busy));
    write(endpoint::vfs, endpoint::self);
    EXPECT_EQ(update(), 0);
    c->registers.rsi = 200;
    EXPECT_EQ(update(), wire(Error::busy)) << "what cannot be read may name anybody";
}

TEST_F(LiveUpdate, CrashOfTheNewVersionSeversNobody) {
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, old_name, message(0x44, 3)), waits);
    Process &other = dynamic_service();
    EXPECT_EQ(ipc_and_end(other, IpcCall::senda, old_name, message(0x45, 4)), 0);
    swap_and_allow();
    EXPECT_EQ(strike(*a, signal::segv), 0);
    EXPECT_FALSE(a->runnable());
    EXPECT_EQ(result(*c), waits) << "its request waits for the old version";
    EXPECT_EQ(receive(other), waits) << "nobody died";
    ASSERT_EQ(update(), 0);
    EXPECT_EQ(a->registers.rip, 0xau);
    EXPECT_FALSE(a->has(run_flag::no_endpoint | run_flag::sig_pending));
    EXPECT_TRUE(b->has(run_flag::no_endpoint)) << "the failed version is dead at the spare endpoint";
    EXPECT_EQ(ipc_and_end(named(endpoint::rs), IpcCall::sendnb, old_name, message(0, 77, 0, true)), 0);
    EXPECT_TRUE(a->runnable());
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).type, 0x45);
    EXPECT_EQ(receive(*a), 0);
    EXPECT_EQ(received(*a).type, 0x44);
}

TEST_F(LiveUpdate, NewVersionThatHangsInACallIsTakenBack) {
    swap_and_allow();
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, c->endpoint, message(1, 9)), waits);
    EXPECT_EQ(c->caller_head, a);
    EXPECT_EQ(update(), wire(Error::busy));
    EXPECT_EQ(strike(*a, signal::kill), 0);
    ASSERT_EQ(update(), 0);
    EXPECT_EQ(c->caller_head, nullptr) << "its request goes with it";
    EXPECT_EQ(a->registers.rip, 0xau);
}

TEST_F(LiveUpdate, EndOfTheOldVersionMakesTheNewOneMortal) {
    swap_and_allow();
    EXPECT_EQ(strike(*b, signal::kill), 0);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, new_name.value), 0);
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, old_name, message(0x44, 3)), waits);
    EXPECT_EQ(strike(*a, signal::segv), 0);
    EXPECT_EQ(result(*c), wire(Error::dead_peer));
}

TEST_F(LiveUpdate, StruckVersionDiesWhenTheOtherIsCleared) {
    swap_and_allow();
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, old_name, message(0x44, 3)), waits);
    EXPECT_EQ(strike(*a, signal::segv), 0);
    EXPECT_EQ(result(*c), waits);
    EXPECT_EQ(call(named(endpoint::pm), KernelCall::clear, new_name.value), 0);
    EXPECT_EQ(result(*c), wire(Error::dead_peer));
}

TEST_F(LiveUpdate, WhenBothAreStruckBothAreDead) {
    swap_and_allow();
    EXPECT_EQ(ipc(*c, IpcCall::sendrec, old_name, message(0x44, 3)), waits);
    EXPECT_EQ(strike(*a, signal::segv), 0);
    EXPECT_EQ(strike(*b, signal::kill), 0);
    EXPECT_EQ(result(*c), wire(Error::dead_peer));
    EXPECT_TRUE(b->has(run_flag::no_endpoint));
}

}  // namespace
}  // namespace axo::kernel
