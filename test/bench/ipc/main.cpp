// One program in two slots: the server, and in the place of RS the client, which lets the server run, measures and
// ends.
#include "lib/sys/context.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "lib/sys/processor.hpp"
#include "lib/sys/trap.hpp"
#include "test/bench/ipc/loops.hpp"

namespace axo::bench {

/// The program has no lib/sef, so the part of the context that lib/sys knows is all there is.
constinit sys::OwnContext image_context asm("axo_process_context");

namespace {

constexpr Endpoint server = endpoint::ds;
constexpr std::uint64_t rounds = 1000;

using Loop = void (*)(std::uint64_t trap, std::uint64_t count);

std::uint64_t ticks(Loop loop, std::uint64_t trap) {
    loop(trap, 10);  // the first ones meet cold paths
    const std::uint64_t before = sys::timestamp();
    loop(trap, rounds);
    return (sys::timestamp() - before) / rounds;
}

void report(const char *name, Loop loop, std::uint64_t trap) {
    sys::log("ipc %s %lu", name, static_cast<unsigned long>(ticks(loop, trap)));
}

[[noreturn]] void measure() {
    const bool started = sys::privilege_control(server, PrivilegeRequest::set_system) &&
                         sys::privilege_control(server, PrivilegeRequest::allow);
    if (!started) sys::panic("the server cannot run");
    report("loop", bench_nothing, 0);
    report("null_call", bench_trap, number_of(KernelCall::null));
    report("round_trip_0", bench_trap, trap_word(IpcCall::sendrec, server));
    report("round_trip_7", bench_trap_with_words, trap_word(IpcCall::sendrec, server));
    // Round trips that the server answers in kind: by the trap that ends its turn, and by one that is held until then.
    report("senda_receive", bench_trap, trap_word(IpcCall::senda_receive, server));
    report("senda_held", bench_trap_receive, trap_word(IpcCall::senda, server));
    report("notify_held", bench_trap_receive, trap_word(IpcCall::notify, server));
    static_cast<void>(sys::shutdown(ShutdownHow::power_off));
    sys::panic("still here");
}

}  // namespace
}  // namespace axo::bench

int main() {
    const auto self = axo::sys::self_info();
    if (self && self->endpoint == axo::endpoint::rs) axo::bench::measure();
    axo::bench::bench_serve();
}
