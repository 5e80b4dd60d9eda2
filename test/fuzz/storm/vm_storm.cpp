// sources: servers/vm/*.cpp servers/vm/*/*.cpp !servers/vm/main.cpp test/host/pm/fake_vdso.cpp
// Random calls, requests and faults at VM on a machine of 16 MiB. When every process is gone every frame is back.
#include "servers/vm/server.hpp"
#include "test/fuzz/storm/storm.hpp"
#include "test/host/vm/vm_machine.hpp"

namespace axo::storm {

namespace {

using Machine = fake::VmMachine;
using VmStorm = Storm<vm::Server>;

/// As the kernel makes it of a process that touched memory: it waits until it is answered.
void fault(VmStorm &storm, Random &random, Client &client) {
    Message message{};
    message.type = kernel_message::page_fault;
    message.flags = message_flag::from_kernel;
    message.words[0] =
        random.percent(80) ? storm.numbers().known() + random.below(4) * page_size : storm.some_address(client);
    message.words[1] = random.below(32);
    storm.post_as(client, message);
}

/// Pages that are mapped, lengths of some pages, flags that exist.
void shape(VmStorm &storm, Random &random, Message &message) {
    const auto pages = [&] { return random.below(9) * page_size + (random.percent(10) ? 1 : 0); };
    const auto place = [&] {
        return (storm.numbers().known() & ~std::uint64_t{page_size - 1}) + random.below(4) * page_size;
    };
    switch (message.type) {
        case 9: {
            static constexpr std::uint64_t flags[] = {0x22, 0x22, 0x22, 0x21, 0x02, 0x01, 0x32, 0x4022};
            const std::uint64_t chosen = random.one_of(flags);
            const std::uint64_t at = (chosen & 0x10) != 0 ? place() : 0;
            const std::uint64_t words[] = {at,     pages(),         random.below(8),
                                           chosen, random.below(4), random.below(3) * page_size};
            std::copy_n(words, 6, message.words);
            return;
        }
        case 12: message.words[0] = random.percent(50) ? 0 : place(); return;
        case 25: {
            const std::uint64_t words[] = {place(), pages(), pages(), random.below(4), place(), 0};
            std::copy_n(words, 6, message.words);
            return;
        }
        default:
            message.words[0] = place();
            message.words[1] = pages();
            message.words[2] = message.type == 28 ? random.below(20) : random.below(8);
    }
}

/// PM ends and forks programs, not services; nobody else does.
bool is_plausible(const Message &message) {
    const auto is_program = [](Endpoint process) { return process.is_process() && process.slot() >= 100; };
    if (message.from_user() || message.from_kernel()) return true;
    switch (message.type) {
        case vm::Exit::number: return is_program(decode_request<vm::Exit>(message).process);
        case vm::Fork::number: return is_program(decode_request<vm::Fork>(message).child);
        // Services are made and updated in tests of their own (vm_service_test, vm_update_test).
        case vm::Spawn::number:
        case vm::RsUpdate::number:
        case vm::ArenaShare::number:
        case vm::SetMask::number: return message.source.slot() >= 100;
        default: return true;
    }
}

}  // namespace

std::uint64_t usual_episodes() { return 40; }

void episode(Random &random) {
    Machine machine;
    VmStorm storm(random, machine.system, *machine.server);
    machine.file_content.assign(20'000, 'f');
    machine.system.answer<vfs::MapFile>([&](Endpoint, const vfs::MapFile &) -> Result<vfs::MapFile::Reply> {
        if (random.percent(20)) return Error::bad_descriptor;
        return vfs::MapFile::Reply{{7, 3, 5 + random.below(3)}, machine.file_content.size(), 0};
    });
    storm.make_late(vfs::MapFile::number);
    storm.make_late(vfs::PageIn::number);
    storm.never_fail = {vfs::ReleaseFile::number};
    storm.likely_calls = {9, 9, 9, 10, 11, 11, 12, 25, 25, 26, 27, 28};
    for (const Endpoint system : {endpoint::pm, endpoint::rs, endpoint::vfs}) storm.add_client(system);
    storm.add_client(Endpoint::make(200, 1));
    std::vector<Endpoint> programs;
    for (std::uint32_t i = 0; i < 4; ++i) {
        const Endpoint program = Endpoint::make(100 + i, 1);
        machine.start_process(program);
        programs.push_back(program);
        storm.add_client(program, true, 5);
        machine.system.map_process(program, VirtAddr{0x10000}, 0x4000);  // where answers by address go
    }
    storm.rare = {vm::Exit::number};
    storm.sent = [&](const Message &message) {
        if (message.type == vm::Exit::number && !message.from_user() && message.source == endpoint::pm)
            storm.bury(decode_request<vm::Exit>(message).process);
    };
    storm.allowed = is_plausible;
    storm.shape = [&](Client &, Message &message) { shape(storm, random, message); };
    const auto resolve = machine.system.kernel_hooks.at(KernelCall::resolve);
    machine.system.on_kernel(KernelCall::resolve, [&](const fake::Arguments &a, std::uint64_t &second) {
        const std::int64_t status = resolve(a, second);
        const Endpoint answered = resolve_of([&](unsigned n) { return a[n]; }).answer;
        if (status == 0 && answered != endpoint::none) storm.forgive(answered);
        return status;
    });
    storm.answered = [&](const Message &request, const Message &answer) {
        if (answer.status() < 0 || request.from_user() || request.from_kernel()) return;
        if (request.type == vm::Fork::number) programs.push_back(decode_request<vm::Fork>(request).child);
    };
    for (unsigned i = 0; i < 60; ++i) {
        storm.run(8);
        Client *client = storm.find(random.one_of(programs));
        if (client != nullptr && !client->waits && client->user) fault(storm, random, *client);
    }
    storm.calm_down(60);
    for (const Endpoint program : std::vector<Endpoint>(programs)) {
        storm.bury(program);
        storm.begin(endpoint::pm, vm::Exit{program});
    }
    storm.calm_down(60);
    storm.require_balance();
}

}  // namespace axo::storm
