// sources: servers/rs/*.cpp servers/rs/*/*.cpp !servers/rs/main.cpp
// Random messages at RS after boot: commands of `service`, readiness that nobody waits for, deaths; PM, VM, VFS and DS
// answer late.
#include "axo/service_request.hpp"
#include "servers/rs/boot/boot_table.hpp"
#include "servers/rs/server.hpp"
#include "test/fuzz/storm/storm.hpp"
#include "test/host/fake/fake_regions.hpp"

namespace axo::storm {

namespace {

constexpr std::uint64_t record_at = 0x1000;

void put_record(fake::System &system, Random &random, Numbers &numbers, Endpoint user) {
    service::StartRecord record{};
    const auto text = [&](char *to, std::size_t bytes) {
        const auto chosen = numbers.text();
        std::memcpy(to, chosen.data(), std::min(chosen.size(), bytes - 1));
    };
    text(record.label, sizeof record.label);
    text(record.command, sizeof record.command);
    if (random.percent(60)) std::memcpy(record.label, "hello", 6);
    if (random.percent(60)) std::memcpy(record.command, "/usr/sbin/hello", 16);
    record.flags = static_cast<std::uint32_t>(random.percent(70) ? random.below(16) : numbers.number());
    record.update_state = static_cast<std::uint32_t>(random.percent(80) ? 1 : numbers.number());
    auto *bytes = reinterpret_cast<std::byte *>(&record);
    if (random.percent(20)) bytes[random.below(sizeof record)] = static_cast<std::byte>(random.next());
    std::memcpy(system.process_memory(user, VirtAddr{record_at}, sizeof record), &record, sizeof record);
}

}  // namespace

std::uint64_t usual_episodes() { return 40; }

void episode(Random &random) {
    fake::System system(endpoint::rs, 16 << 20, 8 << 20);
    fake::Regions regions;
    system.on_kernel(KernelCall::process_info, [&](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
        ProcessInfo info{};
        info.endpoint = Endpoint{static_cast<std::uint32_t>(a[0])};
        info.in_receive = static_cast<std::uint8_t>(random.below(2));
        std::memcpy(reinterpret_cast<void *>(a[1]), &info, sizeof info);
        return 0;
    });
    std::deque<Endpoint> dying;
    system.on_kernel(KernelCall::kill, [&](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
        const Endpoint process{static_cast<std::uint32_t>(a[0])};
        if (process.slot() >= 20) dying.push_back(process);
        return 0;
    });
    system.on_kernel(KernelCall::get_signal, [&](const fake::Arguments &, std::uint64_t &set) -> std::int64_t {
        set = 1u << (9 - 1);
        if (dying.empty()) return endpoint::none.value;
        const Endpoint process = dying.front();
        dying.pop_front();
        return process.value;
    });
    system.on_kernel(KernelCall::get_info, [](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
        std::memset(reinterpret_cast<void *>(a[1]), 0, a[2]);
        return 0;
    });
    system.answer<vm::RegionAllocate>(
        [&](Endpoint, const vm::RegionAllocate &request) -> Result<vm::RegionAllocate::Reply> {
            if (request.bytes > 1 << 20) return Error::no_memory;
            return regions.allocate(request.bytes);
        });
    std::uint32_t next_slot = 20;
    fake::Service<rs::Server> service;
    system.answer<pm::StartInit>([](Endpoint, const auto &) { return Nothing{}; });
    system.answer<ds::Publish>([](Endpoint, const auto &) { return Nothing{}; });
    system.answer<vm::RegionFree>(
        [&](Endpoint, const vm::RegionFree &request) { return regions.free(request.handle); });
    system.answer<vm::SetMask>([](Endpoint, const auto &) { return Nothing{}; });
    system.answer<vfs::MapDriver>([](Endpoint, const auto &) { return Nothing{}; });
    system.answer<ds::DropLabel>([](Endpoint, const auto &) { return Nothing{}; });
    system.answer<pm::LookupPid>([&](Endpoint, const auto &) -> Result<pm::LookupPid::Reply> {
        return pm::LookupPid::Reply{50, random.percent(90) ? 0u : 1000u};
    });
    system.answer<pm::Spawn>([&](Endpoint, const auto &) {
        return pm::Spawn::Reply{Endpoint::make(next_slot++, 1), 7};
    });
    system.answer<pm::DestroyService>([](Endpoint, const auto &) { return Nothing{}; });
    system.answer<vm::MakePresent>([](Endpoint, const auto &) { return Nothing{}; });
    system.answer<vm::Spawn>([](Endpoint, const auto &) { return vm::Spawn::Reply{}; });
    system.answer<vm::ArenaDigest>([&](Endpoint, const auto &) {
        return vm::ArenaDigest::Reply{random.below(2), 4096};
    });
    system.answer<vm::RsUpdate>([&](Endpoint, const auto &) -> Result<Nothing> {
        if (random.percent(20)) return Error::busy;
        return Nothing{};
    });
    system.answer<vfs::ReadFile>([](Endpoint, const auto &) { return vfs::ReadFile::Reply{1000}; });
    require(service.start().has_value(), "RS starts");
    for (const rs::BootEntry &entry : rs::boot_table())
        if (entry.core && entry.endpoint != endpoint::rs)
            require(service.ask(entry.endpoint, rs::InitReady{0, 0, 0, 0}).has_value(), "a boot service is ready");
    require(service.state().system.up, "RS is up");
    Storm<rs::Server> storm(random, system, service);
    for (const std::uint16_t type :
         {pm::LookupPid::number, pm::Spawn::number, pm::DestroyService::number, vm::MakePresent::number,
          vm::Spawn::number, vm::ArenaDigest::number, vm::RsUpdate::number, vfs::ReadFile::number})
        storm.make_late(type);
    storm.never_fail = {pm::DestroyService::number};
    storm.likely_calls = {rs::user_call};
    storm.rare = {rs::Shutdown::number};
    for (std::uint32_t slot = 20; slot < 24; ++slot) storm.add_client(Endpoint::make(slot, 1), false, 2);
    for (const Endpoint peer : {endpoint::vfs, endpoint::tty, endpoint::memory}) storm.add_client(peer);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const Endpoint user = Endpoint::make(500 + i, 1);
        system.map_process(user, VirtAddr{record_at}, 0x4000);
        storm.add_client(user, true, 3).places = {record_at, record_at + 0x1000};
    }
    // A command waits for its service, an update for the old version, readiness for the other half.
    storm.may_wait = [](const Message &) { return true; };
    storm.shape = [&](Client &client, Message &message) {
        put_record(system, random, storm.numbers(), client.endpoint);
        message.words[0] = random.below(16);
        message.words[1] = record_at;
        message.words[2] = sizeof(service::StartRecord);
    };
    for (unsigned i = 0; i < 40; ++i) {
        storm.run(10);
        if (random.percent(30)) dying.push_back(Endpoint::make(20 + static_cast<std::uint32_t>(random.below(6)), 1));
        if (!dying.empty()) service.notify(endpoint::system, kernel_signal::manage);
    }
    // With time every command ends, since each step of RS has a deadline of its own.
    for (unsigned i = 0; i < 30; ++i) {
        if (!dying.empty()) service.notify(endpoint::system, kernel_signal::manage);
        storm.calm_down(10);
    }
    storm.may_wait = [](const Message &request) { return !request.from_user(); };
    storm.settle();
}

}  // namespace axo::storm
