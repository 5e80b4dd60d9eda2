// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// Interrupt lines that drivers share: who must acknowledge before the line opens, and what the dead leave (ref 1.17).
#include "fake/fake_arch.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/process/death.hpp"

namespace axo::kernel {
namespace {

constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }
constexpr std::uint64_t line = 9;

class Interrupts : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        disk = &dynamic_service();
        network = &dynamic_service();
        disk_hook = hook(*disk);
        network_hook = hook(*network);
    }
    std::uint64_t set(Process &driver, std::uint64_t notify, std::uint64_t flags = 0) {
        return static_cast<std::uint64_t>(call(
            driver, KernelCall::irq_control, static_cast<std::uint64_t>(IrqRequest::set_policy), line, notify, flags));
    }
    long control(Process &driver, IrqRequest request, std::uint64_t number) {
        return call(driver, KernelCall::irq_control, static_cast<std::uint64_t>(request), number);
    }
    std::uint64_t hook(Process &driver, std::uint64_t notify = 1, std::uint64_t flags = 0) {
        const std::uint64_t number = set(driver, notify, flags);
        EXPECT_EQ(control(driver, IrqRequest::enable, number), 0);
        return number;
    }
    /// The line is asserted. False: it was masked.
    bool strike() {
        if (fake::masked[line]) return false;
        fake::masked[line] = true;  // as arch does before it calls
        irq_fired(line);
        return true;
    }
    long acknowledge(Process &driver, std::uint64_t number) { return control(driver, IrqRequest::enable, number); }
    static bool is_open() { return !fake::masked[line]; }
    /// Time passes, and the timer fires when it is due.
    void pass(std::uint64_t nanoseconds) {
        for (const std::uint64_t end = fake::time + nanoseconds; fake::time < end;) {
            const bool due_before = fake::timer.value <= end;
            fake::time = due_before ? std::max(fake::time, fake::timer.value) : end;
            if (!due_before) continue;
            fake::timer = no_alarm;
            timer_fired();
        }
    }
    Process *disk, *network;
    std::uint64_t disk_hook, network_hook;
};

TEST_F(Interrupts, a_shared_line_opens_when_the_last_of_its_drivers_has_acknowledged) {
    ASSERT_TRUE(strike());
    EXPECT_EQ(acknowledge(*disk, disk_hook), 0);
    EXPECT_FALSE(is_open()) << "level-triggered: the network's device still asserts it";
    EXPECT_EQ(acknowledge(*disk, disk_hook), 0) << "twice by one is not once by each";
    EXPECT_FALSE(is_open());
    EXPECT_EQ(acknowledge(*network, network_hook), 0);
    EXPECT_TRUE(is_open());
}

TEST_F(Interrupts, who_is_opened_at_once_owes_nothing) {
    Process &clock = dynamic_service();
    hook(clock, 2, irq_flag::reenable);
    ASSERT_TRUE(strike());
    EXPECT_FALSE(is_open());
    acknowledge(*disk, disk_hook);
    acknowledge(*network, network_hook);
    EXPECT_TRUE(is_open());
    control(*disk, IrqRequest::disable, disk_hook);
    control(*network, IrqRequest::disable, network_hook);
    ASSERT_TRUE(strike());
    EXPECT_TRUE(is_open());
}

TEST_F(Interrupts, who_disables_or_removes_its_hook_owes_nothing_any_more) {
    ASSERT_TRUE(strike());
    acknowledge(*disk, disk_hook);
    EXPECT_EQ(control(*network, IrqRequest::disable, network_hook), 0);
    EXPECT_TRUE(is_open());
    EXPECT_EQ(control(*network, IrqRequest::enable, network_hook), 0);
    ASSERT_TRUE(strike());
    acknowledge(*disk, disk_hook);
    EXPECT_EQ(control(*network, IrqRequest::remove, network_hook), 0);
    EXPECT_TRUE(is_open());
    EXPECT_EQ(control(*disk, IrqRequest::disable, disk_hook), 0);
    EXPECT_FALSE(is_open());
}

TEST_F(Interrupts, a_hook_that_is_set_anew_does_not_open_what_another_owes) {
    ASSERT_TRUE(strike());
    EXPECT_EQ(set(*disk, 1), disk_hook);
    EXPECT_EQ(control(*disk, IrqRequest::enable, disk_hook), 0);
    EXPECT_FALSE(is_open());
    acknowledge(*network, network_hook);
    EXPECT_TRUE(is_open());
}

TEST_F(Interrupts, the_death_of_who_owes_gives_the_line_back_to_the_others) {
    ASSERT_TRUE(strike());
    acknowledge(*disk, disk_hook);
    EXPECT_FALSE(is_open());
    sever(*network, 11);
    EXPECT_TRUE(is_open());
    destroy(*network);
    EXPECT_TRUE(is_open());
    EXPECT_EQ(interrupt_hooks_in_use(), 1u);
}

/// Nobody silences the device of a dead driver: the line is asserted whenever it is open.
TEST_F(Interrupts, the_device_of_a_dead_driver_does_not_storm_the_others) {
    sever(*network, 11);
    unsigned strikes = 0;
    for (unsigned step = 0; step < 10'000; ++step) {  // a tenth of a second
        if (strike()) {
            ++strikes;
            acknowledge(*disk, disk_hook);
        }
        pass(10'000);
    }
    EXPECT_GE(strikes, 90u) << "its own interrupts still reach the disk's driver soon";
    EXPECT_LE(strikes, 110u);
}

TEST_F(Interrupts, a_quiet_line_of_a_dead_driver_opens_at_once) {
    sever(*network, 11);
    for (unsigned i = 0; i < 10; ++i) {
        pass(500'000);  // a request to the disk takes that long
        ASSERT_TRUE(strike());
        acknowledge(*disk, disk_hook);
        EXPECT_TRUE(is_open());
    }
}

TEST_F(Interrupts, the_successor_of_a_dead_driver_has_the_line_at_full_speed) {
    destroy(*network);
    for (unsigned i = 0; i < 5; ++i) {
        strike();
        acknowledge(*disk, disk_hook);
    }
    EXPECT_FALSE(is_open()) << "it storms";
    Process &successor = dynamic_service();
    const std::uint64_t number = hook(successor);
    EXPECT_TRUE(is_open());
    for (unsigned i = 0; i < 5; ++i) {
        ASSERT_TRUE(strike());
        acknowledge(*disk, disk_hook);
        acknowledge(successor, number);
    }
    EXPECT_TRUE(is_open());
}

TEST_F(Interrupts, the_storm_of_a_dead_driver_is_not_ended_by_those_who_were_there) {
    sever(*network, 11);
    for (unsigned i = 0; i < 5; ++i) {
        strike();
        acknowledge(*disk, disk_hook);
    }
    EXPECT_EQ(set(*disk, 1), disk_hook);
    EXPECT_EQ(control(*disk, IrqRequest::disable, disk_hook), 0);
    EXPECT_EQ(control(*disk, IrqRequest::enable, disk_hook), 0);
    EXPECT_FALSE(is_open());
    pass(2'000'000);
    EXPECT_TRUE(is_open());
}

TEST_F(Interrupts, a_driver_that_gave_its_hook_back_leaves_no_storm_behind) {
    control(*network, IrqRequest::remove, network_hook);
    destroy(*network);
    for (unsigned i = 0; i < 5; ++i) {
        ASSERT_TRUE(strike()) << "a fast disk";
        acknowledge(*disk, disk_hook);
    }
}

TEST_F(Interrupts, a_line_waiting_to_open_closes_when_nobody_wants_it) {
    sever(*network, 11);
    for (unsigned i = 0; i < 5; ++i) {
        strike();
        acknowledge(*disk, disk_hook);
    }
    control(*disk, IrqRequest::disable, disk_hook);
    pass(10'000'000);
    EXPECT_FALSE(is_open());
}

TEST_F(Interrupts, no_process_takes_the_hooks_of_the_others) {
    unsigned taken = 0;
    while (static_cast<long>(set(*disk, 2 + taken)) > 0) ++taken;
    EXPECT_EQ(static_cast<long>(set(*disk, 30)), wire(Error::no_space));
    EXPECT_LE(interrupt_hooks_in_use(), max_interrupt_hooks / 4);
    EXPECT_GT(static_cast<long>(set(*disk, 1)), 0) << "one that it has may be set anew";
    EXPECT_GT(static_cast<long>(set(*network, 5)), 0);
}

}  // namespace
}  // namespace axo::kernel
