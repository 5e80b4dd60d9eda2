// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// What an exception of user mode does: to services, to programs, to those who are stepped through (ref 1.15).
#include "fake/fake_arch.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/process/signal.hpp"

namespace axo::kernel {
namespace {

constexpr UserException breakpoint{UserException::Kind::signal, signal::trap, 0, 3, 0, 0};
constexpr UserException step{UserException::Kind::single_step, signal::trap, 0, 1, 0, 0};

class Exceptions : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        driver = &dynamic_service();
        caller = &dynamic_service();
        EXPECT_EQ(ipc(*caller, IpcCall::sendrec, driver->endpoint, message(1, 1)), waits);
        EXPECT_EQ(ipc(*driver, IpcCall::receive, endpoint::any), 0);
    }
    bool caller_is_released() { return result(*caller) == static_cast<long>(to_wire(Error::dead_peer)); }
    Process *driver, *caller;
};

TEST_F(Exceptions, a_service_that_runs_into_a_breakpoint_is_dead) {
    user_exception(*driver, breakpoint);
    EXPECT_TRUE(driver->has(run_flag::no_endpoint));
    EXPECT_TRUE(caller_is_released());
}

TEST_F(Exceptions, a_service_that_sets_its_own_trap_flag_is_dead) {
    user_exception(*driver, step);
    EXPECT_TRUE(driver->has(run_flag::no_endpoint));
    EXPECT_TRUE(caller_is_released());
}

TEST_F(Exceptions, a_service_whose_manager_steps_through_it_lives_on) {
    constexpr auto trace_step = static_cast<std::uint64_t>(RunRequest::trace_step);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::run_control, driver->endpoint.value, trace_step), 0);
    end_turn(named(endpoint::rs));
    user_exception(*driver, step);
    EXPECT_FALSE(driver->has(run_flag::no_endpoint));
    EXPECT_TRUE(driver->has(run_flag::signaled));
    EXPECT_FALSE(caller_is_released());
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::get_signal), static_cast<long>(driver->endpoint.value));
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::end_signal, driver->endpoint.value), 0);
    end_turn(named(endpoint::rs));
    EXPECT_TRUE(driver->runnable());
    user_exception(*driver, step);
    EXPECT_TRUE(driver->has(run_flag::no_endpoint)) << "that step nobody asked for";
}

TEST_F(Exceptions, a_program_gets_the_signal_and_keeps_its_slot) {
    Process &program = user();
    user_exception(program, breakpoint);
    EXPECT_FALSE(program.has(run_flag::no_endpoint));
    EXPECT_EQ(program.signals, signal_bit(signal::trap));
}

TEST_F(Exceptions, a_breakpoint_in_who_manages_itself_stops_the_machine) {
    EXPECT_THROW(user_exception(named(endpoint::rs), breakpoint), Panic);
}

}  // namespace
}  // namespace axo::kernel
