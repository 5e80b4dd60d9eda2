// sources: servers/pm/*.cpp servers/pm/*/*.cpp !servers/pm/main.cpp
// PM and the registers of programs: a turn does not read back what it has set (docs/turns.md).
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cstring>

#include "axo/vm_protocol.hpp"
#include "lib/sys/ipc.hpp"
#include "servers/pm/server.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::pm {
namespace {

constexpr std::uint64_t program = 0x401000, handler_1 = 0x402000, handler_2 = 0x403000, restorer = 0x404000;

/// A kernel that has one program's registers, and fails the test when they are read in the turn that has set them.
class HandlerTest : public testing::Test {
protected:
    HandlerTest() : system(endpoint::pm) {
        system.on_kernel(KernelCall::get_info,
                         [](const fake::Arguments &, std::uint64_t &) { return std::int64_t{0}; });
        system.on_kernel(KernelCall::get_context, [this](const fake::Arguments &a, std::uint64_t &) {
            EXPECT_NE(set_in, sys::turn()) << "read back";
            ++reads;
            std::memcpy(reinterpret_cast<void *>(a[1]), &context, offsetof(Context, fpu));
            return std::int64_t{0};
        });
        system.on_kernel(KernelCall::set_context, [this](const fake::Arguments &a, std::uint64_t &) {
            set_in = sys::turn();
            std::memcpy(&context, reinterpret_cast<const void *>(a[1]), offsetof(Context, fpu));
            return std::int64_t{0};
        });
        system.on_kernel(KernelCall::interrupt_user, [this](const fake::Arguments &, std::uint64_t &) {
            const InterruptResult result = std::exchange(end_of_call, InterruptResult::not_in_call);
            if (result == InterruptResult::taken_back) set_in = sys::turn();
            return static_cast<std::int64_t>(result);
        });
        system.on_kernel(KernelCall::end_signal, [this](const fake::Arguments &, std::uint64_t &) {
            ++signals_ended;
            return std::int64_t{0};
        });
        system.answer<vfs::ExecFirst>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vm::ExecSwitch>([](Endpoint, const auto &) { return Nothing{}; });
        EXPECT_TRUE(server.start());
        EXPECT_TRUE(*server.ask(endpoint::rs, StartInit{}));
        context.rip = program;
        context.rsp = at(stack + sizeof stack);
        context.syscall_number = ~0ull;
        handle(first, handler_1);
        handle(second, handler_2);
        handle(fault, handler_2);
    }

    static constexpr int first = signal::usr1, second = signal::usr2, fault = signal::segv;
    static std::uint64_t at(const void *pointer) { return reinterpret_cast<std::uint64_t>(pointer); }
    std::optional<std::int64_t> call(long number, std::array<std::uint64_t, 6> arguments) {
        return server.user_call(endpoint::init, static_cast<unsigned>(number), arguments);
    }
    void handle(int number, std::uint64_t handler) {
        const abi::SignalAction action{handler, abi::action_flag::restorer, restorer, 0};
        EXPECT_EQ(call(SYS_rt_sigaction, {static_cast<std::uint64_t>(number), at(&action), 0, 8}), 0);
    }
    void send(int number) { EXPECT_EQ(call(SYS_kill, {1, static_cast<std::uint64_t>(number)}), 0); }
    void set_mask(std::uint64_t bits) {
        constexpr std::uint64_t set = 2;
        call(SYS_rt_sigprocmask, {set, at(&bits), 0, 8});
    }
    /// The kernel says that there is a signal for the program.
    void from_kernel(int number) {
        system.on_kernel(
            KernelCall::get_signal, [left = true, number](const fake::Arguments &, std::uint64_t &set) mutable {
                set = 1ull << (number - 1);
                return static_cast<std::int64_t>((std::exchange(left, false) ? endpoint::init : endpoint::none).value);
            });
        server.notify(endpoint::system, kernel_signal::manage);
    }
    void next_turn() {
        system.advance(milliseconds(2));
        server.notify(endpoint::clock);
    }
    /// What the frame that the handler finds will put back.
    std::uint64_t interrupted() const {
        abi::SignalFrame frame;
        std::memcpy(&frame, reinterpret_cast<const void *>(context.rsp), sizeof frame);
        return frame.context.machine.rip;
    }

    fake::System system;
    fake::Service<Server> server;
    Context context{};
    std::uint64_t set_in = ~0ull;
    InterruptResult end_of_call = InterruptResult::not_in_call;
    int reads = 0, signals_ended = 0;
    alignas(64) std::byte stack[16384];
};

TEST_F(HandlerTest, handler_upon_a_handler_waits_for_the_next_turn) {
    set_mask(~0ull);
    send(first);
    send(second);
    EXPECT_EQ(reads, 0);
    set_mask(0);
    EXPECT_EQ(context.rip, handler_1);
    EXPECT_EQ(interrupted(), program);
    EXPECT_EQ(reads, 1);
    next_turn();
    EXPECT_EQ(context.rip, handler_2);
    EXPECT_EQ(interrupted(), handler_1);
    EXPECT_EQ(reads, 2);
}

TEST_F(HandlerTest, call_that_was_taken_back_is_issued_again_after_the_handler) {
    end_of_call = InterruptResult::taken_back;
    context.syscall_number = SYS_read;
    from_kernel(first);
    EXPECT_EQ(context.rip, program);
    next_turn();
    EXPECT_EQ(context.rip, handler_1);
    EXPECT_EQ(interrupted(), program - 2);
}

/// Nobody else would let the program go on: it is held since the signal came.
TEST_F(HandlerTest, signal_that_comes_while_a_call_waits_for_memory_reaches_its_handler) {
    const abi::SignalAction action{handler_2, abi::action_flag::restorer, restorer, 0};
    system.absent_ranges.emplace_back(at(&action), sizeof action);
    const auto tag = server.start_user_call(endpoint::init, SYS_rt_sigaction, {signal::alarm, at(&action), 0, 8});
    const auto asked = system.take_request(vm::MakePresent::number);
    ASSERT_TRUE(asked);
    from_kernel(first);
    EXPECT_EQ(context.rip, program);
    system.absent_ranges.clear();
    Message present = encode_reply(vm::MakePresent::number, asked->message.tag, Nothing{});
    present.source = endpoint::vm;
    server.deliver(present);
    EXPECT_EQ(server.user_result(endpoint::init, tag), 0);
    next_turn();
    EXPECT_EQ(context.rip, handler_1);
    EXPECT_FALSE(server.state().processes.find(endpoint::init)->held);
}

/// While a handler runs its mask may keep back what then turns out to be nothing to the program.
TEST_F(HandlerTest, program_goes_on_after_a_handler_that_kept_back_an_ignored_signal) {
    const abi::SignalAction action{handler_1, abi::action_flag::restorer, restorer, ~0ull};
    ASSERT_EQ(call(SYS_rt_sigaction, {first, at(&action), 0, 8}), 0);
    call(SYS_kill, {1, first});
    ASSERT_EQ(context.rip, handler_1);
    next_turn();
    send(signal::cont);
    context.rsp += sizeof abi::SignalFrame::return_address;
    call(SYS_rt_sigreturn, {});
    EXPECT_EQ(context.rip, program);
    next_turn();
    const Process &init = *server.state().processes.find(endpoint::init);
    EXPECT_TRUE(init.deliverable().empty());
    EXPECT_FALSE(init.held);
}

TEST_F(HandlerTest, fault_in_the_turn_that_set_the_registers_is_looked_at_in_the_next) {
    // As if the program had been brought to a handler in the same turn.
    server.state().processes.find(endpoint::init)->registers_set = set_in = sys::turn() + 1;
    from_kernel(fault);
    EXPECT_EQ(context.rip, program);
    EXPECT_EQ(signals_ended, 0);
    next_turn();
    EXPECT_EQ(context.rip, handler_2);
    EXPECT_EQ(signals_ended, 1);
}

}  // namespace
}  // namespace axo::pm
