// A processor for the kernel core under test: 8 MiB of RAM in an array, a clock that the test turns, interrupt lines
// that remember whether they are masked, and a fixture with services and users to play with.
#pragma once

#include "axo/ipc.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel_call.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/scheduler.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace axo::kernel {

/// What panic() does here, so that a test can expect it.
struct Panic : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace fake {
inline constexpr std::uint64_t ram_bytes = 8 << 20;
extern std::uint64_t time;  // TSC ticks are nanoseconds
extern Nanoseconds timer;   // what set_timer was given last
extern bool masked[16];
extern std::uint32_t port_value;
extern unsigned clock_changes_for;  // how often the clock says that its registers change
}  // namespace fake

/// A fresh kernel with RS, VM, PM, VFS and DS up, all allowed everything; more on demand.
class KernelTest : public testing::Test {
protected:
    void SetUp() override;

    Process &service(unsigned slot);
    Process &dynamic_service();
    Process &user(Endpoint waits_for = endpoint::pm);
    Process &named(Endpoint name) { return *find_process(name); }

    /// Gives the process a page of its own at the address; returns the kernel's pointer to it.
    std::byte *map_page(Process &process, std::uint64_t address, bool writable = true);

    /// One trap; the answer is what rax holds, or 1000 when the process now waits.
    static constexpr long waits = 1000;
    long ipc(Process &caller, IpcCall call, Endpoint peer, Message message = {}, std::uint16_t flags = 0);
    /// ipc() of the last trap before the one that ends the turn: what it sends is out.
    long ipc_and_end(Process &caller, IpcCall call, Endpoint peer, Message message = {});
    long send_receive(IpcCall call, Process &caller, Endpoint peer, const Message &message,
                      Endpoint from = endpoint::any);
    long reply_receive(Process &caller, Endpoint peer, const Message &message, Endpoint from = endpoint::any) {
        return send_receive(IpcCall::reply_receive, caller, peer, message, from);
    }
    long call(Process &caller, KernelCall number, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
              std::uint64_t d = 0, std::uint64_t e = 0);
    /// call() of the last trap before the one that ends the turn: what it staged has happened.
    long call_and_end(Process &caller, KernelCall call, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);
    /// A Linux call; the answer is rax, or `waits`.
    long linux(Process &caller, std::uint64_t number, std::uint64_t argument = 0);

    /// The message in the registers of a process.
    static Message received(const Process &process);
    static Message message(std::uint16_t type, std::uint64_t tag = 0, std::uint64_t word = 0, bool reply = false);
    long result(Process &process);

private:
    PhysAddr next_frame_{0x10'0000};
};

}  // namespace axo::kernel
