// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// A service is struck between any two traps of a turn that does everything a turn can do: all of it has happened, or
// nothing, and no account remembers it.
#include "fake/fake_arch.hpp"
#include "kernel/ipc/message_pool.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/signal.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace axo::kernel {
namespace {

constexpr std::uint64_t page = 0x500000, entry = 0x402000;

/// One thing that the turn does, and how the world shows that it has happened.
struct Step {
    std::string name;
    std::function<long()> make;
    std::function<bool()> happened;
};

class TurnCutAnywhere : public KernelTest {
protected:
    /// A turn of PM is under way: four programs, of which two are in calls at PM, and three services that wait.
    void begin() {
        KernelTest::SetUp();
        pm = &named(endpoint::pm);
        context = reinterpret_cast<Context *>(map_page(*pm, page));
        for (unsigned i = 0; i < 3; ++i) {
            services[i] = &service(i + 3);
            EXPECT_EQ(ipc(*services[i], IpcCall::receive, endpoint::any), waits);
        }
        for (Process *&program : programs) program = &user(endpoint::pm);
        stop(*programs[0], run_flag::stopped);
        for (const unsigned i : {2u, 3u}) {
            EXPECT_EQ(linux(*programs[i], 39), waits);
            EXPECT_EQ(ipc(*pm, IpcCall::receive, endpoint::any), 0);
        }
        EXPECT_EQ(call(*pm, KernelCall::get_context, programs[0]->endpoint.value, page), 0);
        context->rip = entry;
        context->fpu_bytes = 512;
        free_buffers = free_buffer_count();
    }

    long control(KernelCall what, unsigned program, std::uint64_t value, std::uint64_t more = 0) {
        return call(*pm, what, programs[program]->endpoint.value, value, more);
    }
    Step send_to(unsigned i) {
        return {"send", [this, i] { return ipc(*pm, IpcCall::senda, services[i]->endpoint, message(7)); },
                [this, i] { return !services[i]->has(run_flag::receiving); }};
    }

    std::vector<Step> steps() {
        constexpr auto answered = static_cast<std::uint64_t>(OpenCall::answered);
        constexpr auto resume = static_cast<std::uint64_t>(RunRequest::resume);
        constexpr unsigned priority = 11, signal = 10;
        return {
            send_to(0),
            send_to(1),
            {"notify", [this] { return ipc(*pm, IpcCall::notify, services[2]->endpoint); },
             [this] { return !services[2]->has(run_flag::receiving); }},
            {"registers", [this] { return control(KernelCall::set_context, 0, page); },
             [this] { return programs[0]->registers.rip == entry && programs[0]->fpu_used; }},
            {"resume", [this] { return control(KernelCall::run_control, 0, resume); },
             [this] { return !programs[0]->has(run_flag::stopped); }},
            {"schedule", [this] { return control(KernelCall::schedule, 1, priority, 1000); },
             [this] { return programs[1]->priority == priority; }},
            {"kill", [this] { return control(KernelCall::kill, 1, signal); },
             [this] { return (programs[1]->signals & signal_bit(signal)) != 0; }},
            {"answer by registers", [this] { return control(KernelCall::set_context, 2, page, answered); },
             [this] { return programs[2]->registers.rip == entry; }},
            {"answer",
             [this] {
                 return ipc(*pm, IpcCall::sendnb, programs[3]->endpoint, message(39, programs[3]->tag, 4, true));
             },
             [this] { return result(*programs[3]) == 4; }},
        };
    }

    void expect_nothing_left() {
        EXPECT_EQ(free_buffer_count(), free_buffers);
        for (const StagedImage &image : the_kernel.contexts.images) EXPECT_FALSE(image.taken);
        for (const StagedControl &place : the_kernel.controls.places) EXPECT_EQ(place.owner, nullptr);
        for (Process *peer : services) {
            const Pair &pair = pair_of(*pm->privilege, *peer->privilege);
            EXPECT_EQ(pair.buffered, 0u);
            EXPECT_EQ(pair.unanswered, 0u);
        }
    }

    Process *pm, *services[3], *programs[4];
    Context *context;
    unsigned free_buffers;
};

TEST_F(TurnCutAnywhere, AllOfItHappensOrNothing) {
    std::mt19937 random(20261129);
    for (unsigned round = 0; round < 400; ++round) {
        begin();
        std::vector<Step> turn = steps();
        std::shuffle(turn.begin(), turn.end(), random);
        const std::size_t cut = round % (turn.size() + 2);  // one more: after the receiving trap
        for (std::size_t i = 0; i < std::min(cut, turn.size()); ++i) ASSERT_EQ(turn[i].make(), 0) << turn[i].name;
        for (const Step &step : turn) EXPECT_FALSE(step.happened()) << step.name << " after " << cut;
        const bool whole = cut > turn.size();
        if (whole) { EXPECT_EQ(ipc(*pm, IpcCall::receive, endpoint::any), 0); }  // the signal it has made
        std::vector<bool> happened;
        for (const Step &step : turn) happened.push_back(step.happened());
        if (!whole) {
            cause_signal(*pm, signal::segv);
            expect_nothing_left();
            happened.clear();
            for (const Step &step : turn) happened.push_back(step.happened());
        }
        for (std::size_t i = 0; i < turn.size(); ++i) EXPECT_EQ(happened[i], whole) << turn[i].name << " after " << cut;
        if (HasFailure()) FAIL() << "round " << round;
    }
}

}  // namespace
}  // namespace axo::kernel
