// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// Registers that a turn sets are there with its end, and a turn that reads back what it changed outside is a fault.
#include "fake/fake_arch.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/signal.hpp"
#include "kernel/process/staged_context.hpp"

#include <cstring>
#include <vector>

namespace axo::kernel {
namespace {

constexpr std::uint64_t page = 0x500000;
constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }

class ContextTest : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        pm = &named(endpoint::pm);
        context = reinterpret_cast<Context *>(map_page(*pm, page));
        program = &user(endpoint::pm);
    }
    void in_call(std::uint64_t number) {
        EXPECT_EQ(linux(*program, number), waits);
        EXPECT_EQ(ipc(*pm, IpcCall::receive, endpoint::any), 0);
    }
    long get() { return call(*pm, KernelCall::get_context, program->endpoint.value, page); }
    long set(OpenCall how = OpenCall::stays, ContextPart what = ContextPart::all) {
        return call(*pm, KernelCall::set_context, program->endpoint.value, page, static_cast<std::uint64_t>(how),
                    static_cast<std::uint64_t>(what));
    }
    void end() { end_turn(*pm); }
    unsigned images_taken() {
        unsigned taken = 0;
        for (const StagedImage &image : the_kernel.contexts.images) taken += image.taken;
        return taken;
    }
    bool struck(const Process &process) { return process.has(run_flag::signaled | run_flag::no_endpoint); }
    Process *pm, *program;
    Context *context;
};

using StagedContexts = ContextTest;

TEST_F(StagedContexts, RegistersAreSetWithTheEndOfTheTurn) {
    in_call(62);
    const Registers before = program->registers;
    EXPECT_EQ(get(), 0);
    context->rip = 0x402000;
    EXPECT_EQ(set(OpenCall::answered), 0);
    EXPECT_EQ(std::memcmp(&program->registers, &before, sizeof before), 0);
    EXPECT_FALSE(program->runnable());
    end();
    EXPECT_TRUE(program->runnable());
    EXPECT_EQ(program->registers.rip, 0x402000u);
}

TEST_F(StagedContexts, TurnThatIsStruckHasSetNothing) {
    in_call(62);
    const Registers before = program->registers;
    EXPECT_EQ(get(), 0);
    context->rip = 0x402000;
    context->fpu_bytes = 512;
    EXPECT_EQ(set(OpenCall::answered), 0);
    EXPECT_EQ(images_taken(), 1u);
    drop_turn(*pm);
    EXPECT_EQ(std::memcmp(&program->registers, &before, sizeof before), 0);
    EXPECT_TRUE(program->has(run_flag::awaiting_reply));
    EXPECT_FALSE(program->fpu_used);
    EXPECT_EQ(images_taken(), 0u);
}

TEST_F(StagedContexts, AnswerOfTheSameTurnFindsTheRegistersSet) {
    in_call(56);
    EXPECT_EQ(get(), 0);
    context->rsp = 0x700000;
    EXPECT_EQ(set(), 0);
    EXPECT_EQ(ipc(*pm, IpcCall::sendnb, program->endpoint, message(56, program->tag, 9, true)), 0);
    end();
    EXPECT_EQ(program->registers.rsp, 0x700000u);
    EXPECT_EQ(result(*program), 9);
}

TEST_F(StagedContexts, CallThatTheRegistersAnswerIsNotAnsweredAgain) {
    in_call(62);
    EXPECT_EQ(get(), 0);
    EXPECT_EQ(set(OpenCall::answered), 0);
    const Message answer = message(62, program->tag, 9, true);
    EXPECT_EQ(ipc(*pm, IpcCall::sendnb, program->endpoint, answer), wire(Error::not_ready));
    EXPECT_EQ(ipc(*pm, IpcCall::sendnb, program->endpoint, answer), wire(Error::not_ready));
    EXPECT_EQ(program->run_flags, run_flag::awaiting_reply);
    end();
    EXPECT_TRUE(program->runnable());
}

TEST_F(StagedContexts, LastOneOfATurnCounts) {
    EXPECT_EQ(get(), 0);
    context->rip = 0x402000;
    context->fpu_bytes = 512;
    EXPECT_EQ(set(), 0);
    context->rip = 0x403000;
    EXPECT_EQ(set(OpenCall::stays, ContextPart::registers), 0);
    EXPECT_EQ(images_taken(), 0u);
    end();
    EXPECT_EQ(program->registers.rip, 0x403000u);
    EXPECT_FALSE(program->fpu_used);
}

TEST_F(StagedContexts, SegmentBaseOfTheSameTurnIsKept) {
    EXPECT_EQ(get(), 0);
    EXPECT_EQ(set(), 0);
    EXPECT_EQ(call(*pm, KernelCall::set_segment_base, program->endpoint.value, 0, 0x660000), 0);
    end();
    EXPECT_EQ(program->registers.fs_base, 0x660000u);
}

TEST_F(StagedContexts, ExecOfTheSameTurnIsNotUndone) {
    EXPECT_EQ(get(), 0);
    EXPECT_EQ(set(), 0);
    EXPECT_EQ(call(*pm, KernelCall::exec, program->endpoint.value, 0x401000, 0x7fff'0000, page), 0);
    end();
    EXPECT_EQ(program->registers.rip, 0x401000u);
}

TEST_F(StagedContexts, ExtendedStatesHaveABoundAndComeBack) {
    std::vector<Process *> programs;
    for (unsigned i = 0; i <= staged_images; ++i) programs.push_back(&user(endpoint::pm));
    EXPECT_EQ(get(), 0);
    context->fpu_bytes = 512;
    for (unsigned i = 0; i <= staged_images; ++i) {
        program = programs[i];
        EXPECT_EQ(set(), i < staged_images ? 0 : wire(Error::busy));
    }
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::clear, programs[0]->endpoint.value), 0);
    EXPECT_EQ(images_taken(), staged_images - 1);
    EXPECT_EQ(set(), 0);
    end();
    EXPECT_EQ(images_taken(), 0u);
    for (unsigned i = 1; i <= staged_images; ++i) EXPECT_TRUE(programs[i]->fpu_used);
    context->fpu_bytes = 511;
    EXPECT_EQ(set(), wire(Error::invalid));
    EXPECT_EQ(images_taken(), 0u);
}

TEST_F(StagedContexts, ProgramThatIsGoneIsLeftAlone) {
    in_call(62);
    EXPECT_EQ(get(), 0);
    context->rip = 0x402000;
    EXPECT_EQ(set(OpenCall::answered), 0);
    end_wait(*program, Error::interrupted);
    end();
    EXPECT_NE(program->registers.rip, 0x402000u);
}

using ReadBack = ContextTest;

TEST_F(ReadBack, RegistersThatTheTurnHasSetAreAFault) {
    EXPECT_EQ(get(), 0);
    EXPECT_EQ(set(), 0);
    get();
    EXPECT_NE(pm->signals & signal_bit(signal::trap), 0u);
}

TEST_F(ReadBack, EndOfTheTurnAllowsIt) {
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(get(), 0);
        EXPECT_EQ(set(), 0);
        EXPECT_EQ(ipc(*pm, IpcCall::receive, endpoint::any), waits);
        release(*pm, run_flag::receiving);
    }
    EXPECT_FALSE(struck(*pm));
}

TEST_F(ReadBack, OtherPartsAndOtherProcessesAreFree) {
    Process &other = user(endpoint::pm);
    EXPECT_EQ(get(), 0);
    EXPECT_EQ(set(), 0);
    EXPECT_EQ(call(*pm, KernelCall::get_context, other.endpoint.value, page), 0);
    EXPECT_EQ(call(*pm, KernelCall::process_info, program->endpoint.value, page, 1), 0);
    EXPECT_EQ(call(*pm, KernelCall::times, program->endpoint.value, page), 0);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::null), 0);
    map_page(named(endpoint::rs), page);
    EXPECT_EQ(call(named(endpoint::rs), KernelCall::get_context, program->endpoint.value, page), 0);
    EXPECT_FALSE(struck(*pm));
}

TEST_F(ReadBack, EachKindOfChangeIsNoted) {
    struct Case {
        KernelCall change;
        std::uint64_t second, third, fourth;
        KernelCall read;
    };
    const Case cases[] = {
        {KernelCall::schedule, 7, 0, 0, KernelCall::process_info},
        {KernelCall::run_control, 0, 0, 0, KernelCall::process_info},
        {KernelCall::run_control, 1, 0, 0, KernelCall::process_info},
        {KernelCall::exec, 0x401000, 0x700000, page, KernelCall::get_context},
        {KernelCall::exec, 0x401000, 0x700000, page, KernelCall::process_info},
        {KernelCall::privilege_control, static_cast<std::uint64_t>(PrivilegeRequest::disallow), 0, 0,
         KernelCall::process_info},
        {KernelCall::space_destroy, 0, 0, 0, KernelCall::get_info},
    };
    for (const Case &one : cases) {
        Process &changer = dynamic_service(), &reader = dynamic_service(), &target = user(endpoint::pm);
        map_page(changer, page);
        map_page(reader, page);
        const auto read = [&](Process &process) {
            if (one.read == KernelCall::get_info)
                return call(process, one.read, static_cast<std::uint64_t>(InfoKind::counters), page, page_size);
            const auto select = one.read == KernelCall::process_info ? 1u : 0u;  // by_endpoint
            return call(process, one.read, target.endpoint.value, page, select);
        };
        EXPECT_GE(read(changer), 0);
        EXPECT_GE(call(changer, one.change, target.endpoint.value, one.second, one.third, one.fourth), 0);
        EXPECT_GE(read(reader), 0);
        EXPECT_FALSE(struck(changer));
        read(changer);
        EXPECT_TRUE(struck(changer)) << static_cast<unsigned>(number_of(one.change));
    }
}

TEST_F(ReadBack, ChangedRightsAndSpacesAreNoted) {
    Process &changer = dynamic_service(), &target = dynamic_service();
    std::memset(map_page(changer, page), 0, page_size);
    const auto control = [&](PrivilegeRequest request) {
        return call(changer, KernelCall::privilege_control, target.endpoint.value, static_cast<std::uint64_t>(request),
                    page);
    };
    EXPECT_EQ(control(PrivilegeRequest::read), 0);
    EXPECT_EQ(control(PrivilegeRequest::add_irq), 0);
    EXPECT_EQ(ipc(changer, IpcCall::receive, endpoint::any), waits);
    release(changer, run_flag::receiving);
    EXPECT_EQ(control(PrivilegeRequest::read), 0);
    EXPECT_EQ(control(PrivilegeRequest::add_irq), 0);
    control(PrivilegeRequest::query_memory);
    EXPECT_TRUE(struck(changer));
}

TEST_F(ReadBack, WhatIsBeyondTheBoundOfATurnIsNotWatched) {
    Process &changer = dynamic_service(), &last = user(endpoint::pm);
    map_page(changer, page);
    for (unsigned i = 0; i < TurnChanges::most; ++i)
        EXPECT_EQ(call(changer, KernelCall::schedule, user(endpoint::pm).endpoint.value, 7), 0);
    EXPECT_EQ(call(changer, KernelCall::schedule, last.endpoint.value, 7), 0);
    EXPECT_EQ(call(changer, KernelCall::process_info, last.endpoint.value, page, 1), 0);
    EXPECT_FALSE(struck(changer));
}

}  // namespace
}  // namespace axo::kernel
