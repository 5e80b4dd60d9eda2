// sources: servers/pm/signals/sigframe.cpp
// The signal frame against the host's own idea of it, alignment, alternate stacks, and what a program may hand back.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <ucontext.h>

#include <cstring>
#include <memory>
#include <vector>

#include "servers/pm/signals/sigframe.hpp"

namespace axo::pm {
namespace {

TEST(LinuxAbi, layouts_are_the_hosts) {
    EXPECT_EQ(sizeof(abi::SignalInfo), sizeof(siginfo_t));
    EXPECT_EQ(sizeof(abi::SignalStack), sizeof(stack_t));
    EXPECT_EQ(offsetof(abi::UserContext, machine), offsetof(ucontext_t, uc_mcontext));
    EXPECT_EQ(offsetof(abi::UserContext, signal_mask), offsetof(ucontext_t, uc_sigmask));
    EXPECT_EQ(offsetof(abi::MachineContext, rip), sizeof(greg_t) * REG_RIP);
    EXPECT_EQ(offsetof(abi::MachineContext, rdi), sizeof(greg_t) * REG_RDI);
    EXPECT_EQ(offsetof(abi::MachineContext, cr2), sizeof(greg_t) * REG_CR2);
    EXPECT_EQ(offsetof(abi::MachineContext, cs), sizeof(greg_t) * REG_CSGSFS);
    EXPECT_EQ(offsetof(abi::MachineContext, fpu_state), offsetof(mcontext_t, fpregs));
    EXPECT_EQ(offsetof(abi::SignalInfo, fields.child.status), offsetof(siginfo_t, si_status));
    EXPECT_EQ(offsetof(abi::SignalInfo, fields.child.user), offsetof(siginfo_t, si_utime));
    EXPECT_EQ(offsetof(abi::SignalInfo, fields.fault.address), offsetof(siginfo_t, si_addr));
    EXPECT_EQ(offsetof(abi::SignalInfo, fields.sender.value), offsetof(siginfo_t, si_value));
    EXPECT_EQ(sizeof(abi::ResourceUsage), sizeof(rusage));
    EXPECT_EQ(sizeof(abi::UtsName), sizeof(utsname));
    EXPECT_EQ(sizeof(abi::ProcessTimes), sizeof(tms));
    EXPECT_EQ(offsetof(abi::SystemInfo, memory_unit), offsetof(struct sysinfo, mem_unit));
}

class SigframeTest : public testing::Test {
protected:
    SigframeTest() : context(std::make_unique<Context>()), bytes(frame_bytes_max) {
        std::memset(context.get(), 0x5a, sizeof *context);
        context->rsp = 0x7ffffff01234;
        context->rip = 0x401000;
        context->rflags = 0x602;
        context->fpu_bytes = 832;
        content.signal = signal::usr1;
        content.action.handler = 0x402000;
        content.action.restorer = 0x403000;
        content.mask = 0x10;
        content.features = 7;
    }
    abi::SignalFrame frame() const {
        abi::SignalFrame result;
        std::memcpy(&result, bytes.data(), sizeof result);
        return result;
    }
    std::unique_ptr<Context> context;
    FrameContent content{};
    std::vector<std::byte> bytes;
};

TEST_F(SigframeTest, frame_lies_below_the_red_zone_and_is_aligned) {
    for (std::uint64_t offset = 0; offset < 64; ++offset) {
        context->rsp = 0x7ffffff01000 + offset;
        const auto plan = plan_frame(*context, content);
        ASSERT_TRUE(plan);
        EXPECT_EQ((plan->frame + 8) % 16, 0u);
        EXPECT_EQ(plan->fpu % 64, 0u);
        EXPECT_LE(plan->end, context->rsp - 128);
        EXPECT_LE(plan->frame + sizeof(abi::SignalFrame), plan->fpu);
        EXPECT_LE(plan->bytes(), frame_bytes_max);
    }
}

TEST_F(SigframeTest, handler_gets_signal_info_and_context) {
    const auto plan = plan_frame(*context, content);
    ASSERT_TRUE(plan);
    enter_handler(*context, *plan, content);
    EXPECT_EQ(context->rdi, static_cast<std::uint64_t>(signal::usr1));
    EXPECT_EQ(context->rsi, plan->frame + offsetof(abi::SignalFrame, info));
    EXPECT_EQ(context->rdx, plan->frame + offsetof(abi::SignalFrame, context));
    EXPECT_EQ(context->rip, 0x402000u);
    EXPECT_EQ(context->rsp, plan->frame);
    EXPECT_EQ(context->rflags & 0x400, 0u);
}

TEST_F(SigframeTest, return_restores_every_register_and_the_extended_state) {
    const Context before = *context;
    const auto plan = plan_frame(*context, content);
    ASSERT_TRUE(plan);
    fill_frame(*plan, *context, content, bytes);
    EXPECT_EQ(frame().return_address, 0x403000u);
    EXPECT_EQ(frame().context.signal_mask, 0x10u);
    std::vector<std::byte> fpu(bytes.begin() + static_cast<long>(plan->fpu - plan->frame),
                               bytes.begin() + static_cast<long>(plan->fpu - plan->frame + 832));
    std::memset(static_cast<void *>(context.get()), 0, offsetof(Context, syscall_number));
    ASSERT_TRUE(leave_handler(*context, frame(), fpu, 7));
    EXPECT_EQ(context->rax, before.rax);
    EXPECT_EQ(context->r15, before.r15);
    EXPECT_EQ(context->rsp, before.rsp);
    EXPECT_EQ(context->rip, before.rip);
    EXPECT_EQ(std::memcmp(context->fpu + 32, before.fpu + 32, 400), 0);
}

TEST_F(SigframeTest, hostile_frame_cannot_break_the_processor_state) {
    const auto plan = plan_frame(*context, content);
    ASSERT_TRUE(plan);
    fill_frame(*plan, *context, content, bytes);
    abi::SignalFrame hostile = frame();
    hostile.context.machine.rflags = ~0ull;
    std::vector<std::byte> fpu(832, std::byte{0xff});
    ASSERT_TRUE(leave_handler(*context, hostile, fpu, 7));
    EXPECT_EQ(context->rflags & 0x3000, 0x602u & 0x3000);  // I/O privilege level
    EXPECT_EQ(context->rflags & 0x200, 0x200u);
    std::uint32_t control;
    std::memcpy(&control, context->fpu + 24, 4);
    EXPECT_EQ(control & 0xffff0000, 0u);
    std::uint64_t header[8];
    std::memcpy(header, context->fpu + 512, sizeof header);
    EXPECT_EQ(header[0] & ~7ull, 0u);
    for (int i = 1; i < 8; ++i) EXPECT_EQ(header[i], 0u);
    hostile.context.machine.rip = 0xffff800000000000;
    EXPECT_EQ(leave_handler(*context, hostile, fpu, 7).error(), Error::fault);
}

TEST_F(SigframeTest, alternate_stack_is_used_once_and_must_be_large_enough) {
    content.action.flags = abi::action_flag::on_stack;
    content.stack = {.address = 0x500000, .flags = 0, .padding = 0, .size = 8192};
    const auto first = plan_frame(*context, content);
    ASSERT_TRUE(first);
    EXPECT_GE(first->frame, 0x500000u);
    EXPECT_LE(first->end, 0x502000u);
    context->rsp = first->frame;
    const auto nested = plan_frame(*context, content);
    ASSERT_TRUE(nested);
    EXPECT_LE(nested->end, first->frame - 128);
    content.stack.size = 1024;
    context->rsp = 0x7ffffff01234;
    EXPECT_EQ(plan_frame(*context, content).error(), Error::fault);
}

TEST_F(SigframeTest, process_without_extended_state_gets_a_frame_without) {
    context->fpu_bytes = 0;
    const auto plan = plan_frame(*context, content);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->fpu, 0u);
    EXPECT_EQ(plan->bytes(), sizeof(abi::SignalFrame));
    fill_frame(*plan, *context, content, bytes);
    EXPECT_EQ(frame().context.machine.fpu_state, 0u);
}

TEST_F(SigframeTest, wild_stack_pointer_is_refused) {
    context->rsp = 8;
    EXPECT_FALSE(plan_frame(*context, content));
    context->rsp = 0xffffffffffff0000;
    EXPECT_FALSE(plan_frame(*context, content));
}

}  // namespace
}  // namespace axo::pm
