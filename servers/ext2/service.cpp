// The requests that are not attempts on the volume.
#include "servers/ext2/service.hpp"

#include "axo/signal.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::ext2 {

Status Service::init(const sef::Init &init) {
    // The cache, and with it unwritten data, is lost with the process.
    if (init.kind != rs::InitKind::fresh) return Error::not_supported;
    return {};
}

/// RS ends it when VFS has unmounted it; until then a stray signal harms nobody.
void Service::on_signal(int signal) {
    if (signal == signal::term && !mounted_ && !busy_) sys::exit(0);
}

void Service::set_time() {
    constexpr std::uint64_t second = 1'000'000'000;
    const std::uint64_t now = sys::wall_clock().value;
    state_.volume.set_now({now / second, static_cast<std::uint32_t>(now % second)});
}

void Service::on(Endpoint caller, const fs::Mount &request, sef::ReplyTo<fs::NodeInfo> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    if (mounted_ || busy_) return reply.fail(Error::busy);
    mount(request, std::move(reply));
}

void Service::on(Endpoint caller, const fs::Unmount &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    if (!mounted_) return reply.ok();
    if (busy_) return reply.fail(Error::busy);
    unmount(request, std::move(reply));
}

void Service::on(Endpoint caller, const fs::Remount &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    if (!mounted_) return reply.fail(Error::invalid);
    if (busy_) return reply.fail(Error::busy);
    if ((request.read_only != 0) == state_.volume.geometry().read_only) return reply.ok();
    remount(request, std::move(reply));
}

void Service::on(Endpoint, const fs::Sync &, sef::ReplyTo<Nothing> reply) {
    if (!mounted_) return reply.fail(Error::invalid);
    sync(std::move(reply));
}

void Service::on(Endpoint caller, const fs::NewDriver &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    device_.set_driver(request.driver);
    reply.ok();
}

}  // namespace axo::ext2
