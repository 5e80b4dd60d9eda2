// A storm at a character driver: VFS and others open, read, write, poll and cancel. When all minors are closed and all
// clients dead nothing waits any more.
#pragma once

#include "test/fuzz/device_seed.hpp"
#include "test/fuzz/storm/storm.hpp"

namespace axo::storm {

/// `minors`: those the driver has; `now_and_then` is called between messages, for what its device does.
template <class Driver>
void device_storm(
    Random &random, fake::System &system, fake::Service<Driver> &service, std::initializer_list<std::uint32_t> minors,
    std::function<void()> now_and_then = [] {}) {
    Storm<Driver> storm(random, system, service);
    storm.add_client(endpoint::vfs, false, 6);
    storm.add_client(endpoint::procfs);
    storm.add_client(Endpoint::make(200, 1));
    storm.may_wait = [](const Message &request) {
        return request.type == device::Read::number || request.type == device::Write::number ||
               request.type == device::Ioctl::number;
    };
    storm.template late<device::PollReady>([](Endpoint, const device::PollReady &) { return Nothing{}; });
    storm.make_late(pm::SignalGroup::number);
    for (unsigned i = 0; i < 60; ++i) {
        for (const std::uint32_t minor : minors) {
            storm.numbers().learn(minor);
            if (random.percent(20))
                storm.ask(endpoint::vfs, device::Open{.minor = minor, .flags = 3, .session = 0, .group = 0});
        }
        storm.run(10);
        now_and_then();
    }
    storm.settle();
    for (const std::uint32_t minor : minors) {
        while (storm.ask(endpoint::vfs, device::Close{.minor = minor, .reserved = 0}) == 0) {}
    }
    storm.may_wait = [](const Message &) { return false; };
    storm.calm_down(10);
    storm.require_balance();
}

}  // namespace axo::storm
