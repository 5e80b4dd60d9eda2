// Start, mount, and the clock.
#include "servers/tmpfs/service.hpp"

#include "axo/signal.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::tmpfs {

namespace {

/// Half of the machine's memory, as on Linux.
std::size_t default_page_limit() {
    constexpr std::size_t smallest = 1024;
    const auto machine = sys::machine_info();
    return machine ? machine->memory_bytes / 2 / page_size : smallest;
}

}  // namespace

Status Service::init(const sef::Init &init) {
    // The content is lost with the process.
    if (init.kind != rs::InitKind::fresh) return Error::not_supported;
    return state_.files.prepare();
}

/// RS ends it when VFS has unmounted it; until then a stray signal harms nobody.
void Service::on_signal(int signal) {
    if (signal == signal::term && !state_.tree.mounted()) sys::exit(0);
}

void Service::set_time() {
    constexpr std::uint64_t second = 1'000'000'000;
    const std::uint64_t now = sys::wall_clock().value;
    state_.tree.set_now({now / second, now % second});
}

void Service::on(Endpoint caller, const fs::Mount &request, sef::ReplyTo<fs::NodeInfo> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    set_time();
    reply.result(state_.files.run(fs::ClientMemory(caller), request, default_page_limit()));
}

}  // namespace axo::tmpfs
