// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// One Kernel, one PerCpu: a kernel made anew remembers nothing of the one before.
#include "fake/fake_arch.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/process/death.hpp"
#include "kernel/process/signal.hpp"

#include <cstring>
#include <vector>

namespace axo::kernel {
namespace {

constexpr std::uint64_t page = 0x500000;

class State : public KernelTest {
protected:
    /// A life of a kernel that touches every table; what was seen of it.
    std::vector<std::uint64_t> live() {
        KernelTest::SetUp();
        seen_.clear();
        Process &driver = dynamic_service(), &server = named(endpoint::vfs);
        map_page(driver, page);
        Process &shell = user(endpoint::vfs);
        note(linux(shell, 3, 7));
        note(ipc(server, IpcCall::receive, endpoint::any));
        note(received(server).tag);  // the kernel's own
        for (unsigned i = 0; i < 20; ++i) note(ipc(driver, IpcCall::senda, server.endpoint, message(5, i)));
        note(ipc(driver, IpcCall::notify, server.endpoint));
        note(call(driver, KernelCall::set_alarm, 500, 0));
        note(call(driver, KernelCall::irq_control, 0, 5, 0, 0));
        note(call(driver, KernelCall::irq_control, static_cast<std::uint64_t>(IrqRequest::enable), 1));
        note(call(driver, KernelCall::get_log, 0, page, 100));
        note(call(driver, KernelCall::diagnostics, page, 10));
        note(call(named(endpoint::rs), KernelCall::set_clock, 12345));
        fake::time += 1000;
        timer_fired();
        irq_fired(5);
        sever(driver, 9);
        note(the_kernel.log.ring.end());
        note(this_cpu().counters.messages);
        note(the_kernel.messages.free_total);
        note(the_kernel.messages.set_aside);
        note(the_kernel.processes.free_count);
        note(the_kernel.table_pool.available());
        note(fake::timer.value);
        note(pick_next() == nullptr ? 0 : pick_next()->endpoint.value);
        return seen_;
    }

private:
    template <typename T>
    void note(T value) {
        seen_.push_back(static_cast<std::uint64_t>(value));
    }
    std::vector<std::uint64_t> seen_;
};

std::vector<std::byte> bytes_of_state() {
    std::vector<std::byte> bytes(sizeof(Kernel) + sizeof(PerCpu));
    std::memcpy(bytes.data(), &kernel_storage, sizeof(Kernel));
    std::memcpy(bytes.data() + sizeof(Kernel), &boot_cpu_storage, sizeof(PerCpu));
    return bytes;
}

TEST_F(State, AKernelMadeAnewLivesTheSameLife) {
    const std::vector<std::uint64_t> first = live();
    EXPECT_EQ(live(), first);
    // A slot taken, a structure taken, a tag used between: all of that is forgotten.
    (void)dynamic_service();
    (void)next_kernel_tag();
    EXPECT_EQ(live(), first);
}

TEST_F(State, NoByteOfTheKernelBeforeIsLeft) {
    fake::time = 1000;
    start_kernel(256);
    const std::vector<std::byte> fresh = bytes_of_state();
    (void)live();
    EXPECT_NE(bytes_of_state(), fresh);
    fake::time = 1000;
    start_kernel(256);
    const std::vector<std::byte> again = bytes_of_state();
    for (std::size_t i = 0; i < fresh.size(); ++i) ASSERT_EQ(again[i], fresh[i]) << "at " << i;
}

}  // namespace
}  // namespace axo::kernel
