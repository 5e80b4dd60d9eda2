// Sets of signals, default actions, pending signals.
#include <gtest/gtest.h>

#include <csignal>

#include "servers/pm/signals/pending_signals.hpp"
#include "servers/pm/signals/set.hpp"
#include "test/host/fake/fake_sys.hpp"

using namespace axo;
using namespace axo::pm;

namespace {

TEST(SignalSet, numbers_are_the_hosts) {
    EXPECT_EQ(signal::cont, SIGCONT);
    EXPECT_EQ(signal::child, SIGCHLD);
    EXPECT_EQ(signal::winch, SIGWINCH);
    EXPECT_EQ(signal::sys, SIGSYS);
}

TEST(SignalSet, lowest_number_is_taken_first_but_faults_before_it) {
    SignalSet set = signals(signal::term, signal::usr1);
    EXPECT_EQ(set.first(), signal::usr1);
    set.add(signal::segv);
    EXPECT_EQ(set.first(), signal::segv);
    EXPECT_EQ(SignalSet().first(), 0);
    EXPECT_EQ(SignalSet::of(64).first(), 64);
}

TEST(SignalSet, default_actions) {
    EXPECT_EQ(default_action(signal::term), DefaultAction::terminate);
    EXPECT_EQ(default_action(signal::segv), DefaultAction::core);
    EXPECT_EQ(default_action(signal::ttin), DefaultAction::stop);
    EXPECT_EQ(default_action(signal::cont), DefaultAction::resume);
    EXPECT_EQ(default_action(signal::child), DefaultAction::ignore);
    EXPECT_EQ(default_action(40), DefaultAction::terminate);
}

TEST(PendingSignals, standard_signals_merge_and_keep_the_first_origin) {
    fake::System system;
    PendingSignals pending(arena_heap());
    pending.add({.number = signal::usr1, .pid = 7});
    pending.add({.number = signal::usr1, .pid = 8});
    EXPECT_EQ(pending.take(signal::usr1).pid, 7u);
    EXPECT_TRUE(pending.set().empty());
}

TEST(PendingSignals, real_time_signals_queue_in_order) {
    fake::System system;
    PendingSignals pending(arena_heap());
    pending.add({.number = 40, .value = 1});
    pending.add({.number = 40, .value = 2});
    EXPECT_EQ(pending.take(40).value, 1u);
    EXPECT_TRUE(pending.set().has(40));
    EXPECT_EQ(pending.take(40).value, 2u);
    EXPECT_FALSE(pending.set().has(40));
}

TEST(PendingSignals, real_time_queue_is_bounded) {
    fake::System system;
    PendingSignals pending(arena_heap());
    for (unsigned i = 0; i < 10 * PendingSignals::bound; ++i) pending.add({.number = 40, .value = i});
    unsigned taken = 0;
    while (pending.set().has(40)) static_cast<void>(pending.take(40)), ++taken;
    EXPECT_LE(taken, PendingSignals::bound + 1);
}

TEST(PendingSignals, discarded_signals_are_gone_with_their_origins) {
    fake::System system;
    PendingSignals pending(arena_heap());
    pending.add({.number = signal::tstp, .pid = 1});
    pending.add({.number = signal::usr1, .pid = 2});
    pending.discard(stop_signals);
    EXPECT_EQ(pending.set(), SignalSet::of(signal::usr1));
    EXPECT_EQ(pending.take(signal::usr1).pid, 2u);
}

}  // namespace
