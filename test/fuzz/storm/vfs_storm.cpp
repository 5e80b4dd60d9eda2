// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/*.cpp !servers/tmpfs/main.cpp !servers/tmpfs/service.cpp
// sources: lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Random Linux calls and requests at VFS over real file trees that answer late. When all processes have ended nothing
// of theirs is left.
#include "servers/vfs/vfs.hpp"
#include "test/fuzz/storm/storm.hpp"
#include "test/host/vfs/vfs_machine.hpp"

namespace axo::storm {

namespace {

using Machine = fake::VfsMachine;
using VfsStorm = Storm<vfs::Vfs>;

constexpr std::uint64_t user_memory = 0x10000;
constexpr std::size_t user_bytes = 0x6000;

template <Request... R>
void make_all_late(VfsStorm &storm, Protocol<R...> *) {
    (storm.make_late(R::number), ...);
}

void add_program(VfsStorm &storm, fake::System &system, Endpoint process) {
    Client &client = storm.add_client(process, true);
    system.map_process(process, VirtAddr{user_memory}, user_bytes);
    for (std::uint64_t at = 0; at < user_bytes; at += 0x800) client.places.push_back(user_memory + at);
    client.places.push_back(user_memory + user_bytes - 4);
}

/// Texts, and words that are addresses and lengths as often as not: paths, argument vectors, segments, poll records.
void stir_program(VfsStorm &storm, fake::System &system, Random &random, Client &client) {
    std::byte *memory = system.process_memory(client.endpoint, VirtAddr{user_memory}, user_bytes);
    for (unsigned i = 0; i < 4; ++i) {
        std::byte *at = memory + random.below(user_bytes / 0x800) * 0x800 + random.below(4) * 8;
        if (random.percent(60)) {
            const auto text = storm.numbers().text();
            std::memcpy(at, text.data(), text.size());
            at[text.size()] = std::byte{0};
            continue;
        }
        for (unsigned word = 0; word < 8; ++word) {
            std::uint64_t value = random.percent(50) ? random.one_of(client.places) : storm.numbers().number();
            if (random.percent(30)) value = random.below(10) | random.below(32) << 32;  // a pollfd
            std::memcpy(at + word * 8, &value, sizeof value);
        }
    }
}

bool is_taken(VfsStorm &storm, Endpoint process) {
    for (const Client &client : storm.clients())
        if (client.user && !client.dead && client.endpoint.slot() == process.slot()) return true;
    return false;
}

/// Descriptors that mean something: a file, a directory, the terminal, a pipe.
void begin_with_files(VfsStorm &storm, Machine &machine, Endpoint program) {
    std::byte *text = machine.system.process_memory(program, VirtAddr{user_memory}, 64);
    for (const auto &[path, flags] : {std::pair{"/tmp/a", 0102u}, {"/", 0u}, {"/dev/console", 2u}, {"/bin/x", 0102u}}) {
        std::strcpy(reinterpret_cast<char *>(text), path);
        const std::uint64_t tag = machine.server->start_user_call(program, 2, {user_memory, flags, 0666, 0, 0, 0});
        require(machine.server->user_result(program, tag).value_or(-1) >= 0, "a first file is opened");
    }
    const std::uint64_t tag = machine.server->start_user_call(program, 22, {user_memory, 0, 0, 0, 0, 0});
    require(machine.server->user_result(program, tag) == 0, "a pipe is made");
    storm.numbers().anchor(user_memory);
}

}  // namespace

std::uint64_t usual_episodes() { return 40; }

void episode(Random &random) {
    Machine machine;
    VfsStorm storm(random, machine.system, *machine.server);
    storm.user_share = 0;
    storm.likely_calls = {0,   1,   2,   3,   4,   5,   6,   7,   8,   16,  17,  18,  19,  20,  21,  22,
                          23,  32,  33,  40,  59,  72,  73,  74,  75,  76,  77,  78,  79,  80,  81,  82,
                          83,  84,  85,  86,  87,  88,  89,  90,  91,  92,  93,  94,  95,  132, 133, 137,
                          138, 161, 162, 165, 166, 217, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266,
                          267, 268, 269, 270, 271, 280, 285, 292, 293, 295, 296, 316, 322, 326, 332, 439};
    // Reading, writing, opening a pipe, polling, locks: until somebody acts.
    storm.may_wait = [](const Message &request) {
        static const std::set<unsigned> waiting{0,  1,  2,  7,  16,  17,  18,  19,  20,
                                                23, 40, 72, 73, 257, 270, 271, 295, 296};
        return request.from_user() && waiting.contains(request.type);
    };
    storm.never_fail = {pm::WaitMaskOver::number};
    for (const Endpoint system :
         {endpoint::pm, endpoint::rs, endpoint::vm, endpoint::procfs, endpoint::tty, Endpoint::make(200, 1)})
        storm.add_client(system);
    std::vector<Endpoint> programs{Machine::init};
    for (std::uint32_t i = 0; i < 5; ++i) {
        programs.push_back(Endpoint::make(100 + i, 1));
        machine.add_process(programs.back(), 10 + i);
        const auto with_files = programs.back();
        add_program(storm, machine.system, with_files);
        begin_with_files(storm, machine, with_files);
        for (unsigned weight = 0; weight < 4; ++weight) storm.favour(programs.back());
    }
    make_all_late(storm, static_cast<fs::Requests *>(nullptr));
    make_all_late(storm, static_cast<device::CharacterRequests *>(nullptr));
    make_all_late(storm, static_cast<pm::Requests *>(nullptr));
    make_all_late(storm, static_cast<vm::Requests *>(nullptr));
    storm.rare = {vfs::Shutdown::number, vfs::Exit::number};
    // What ends a process or its call ends what it is owed.
    std::set<std::uint32_t> drivers{endpoint::tty.value};
    storm.sent = [&](const Message &message) {
        if (message.type == vfs::MapDriver::number && !message.from_user())
            drivers.insert(decode_request<vfs::MapDriver>(message).driver.value);
        if (message.type == vfs::Exit::number && !message.from_user() && message.source == endpoint::pm)
            storm.bury(decode_request<vfs::Exit>(message).process);
    };
    // PM names a place anew only when its process has ended.
    storm.allowed = [&](const Message &message) {
        if (message.from_user() || message.source != endpoint::pm) return true;
        if (message.type == vfs::Fork::number) return !is_taken(storm, decode_request<vfs::Fork>(message).child);
        if (message.type == vfs::ExecFirst::number)
            return !is_taken(storm, decode_request<vfs::ExecFirst>(message).process);
        return true;
    };
    storm.answered = [&](const Message &request, const Message &answer) {
        if (request.type == vfs::Fork::number && !request.from_user() && answer.status() == 0)
            programs.push_back(decode_request<vfs::Fork>(request).child);
        if (request.type == vfs::ExecFirst::number && !request.from_user())
            programs.push_back(decode_request<vfs::ExecFirst>(request).process);
    };
    storm.peer_answers = [&](Endpoint, const Message &request, const Message &answer) {
        if (request.type == pm::ExecCommit::number && answer.status() == 0)
            storm.forgive(decode_request<pm::ExecCommit>(request).process);
    };
    for (unsigned i = 0; i < 40; ++i) {
        for (Client &client : storm.clients())
            if (client.user && !client.dead) stir_program(storm, machine.system, random, client);
        storm.run(15);
    }
    storm.calm_down(60);
    // Everybody ends. Nobody may wait then.
    for (const Endpoint process : std::vector<Endpoint>(programs)) {
        storm.bury(process);
        storm.begin(endpoint::pm, vfs::Exit{process});
    }
    storm.calm_down(60);
    // A driver that answers nothing is RS's to end: what waits for it has no deadline of its own.
    for (const std::uint32_t driver : drivers) storm.dies(Endpoint{driver});
    storm.calm_down(60);
    storm.require_balance();
    const vfs::State &state = machine.server->state();
    expect_same("open files", 0, state.files.count());
    expect_same("pipes", 0, state.pipes);
    expect_same("calls at work", 0, state.running);
    expect_same("processes", 0, state.processes.count());
}

}  // namespace axo::storm
