// How a world begins, goes on and comes to rest.
#include "test/host/rs/world/world.hpp"

namespace axo::rs::test {

namespace {

constexpr VirtAddr record_at{0x1000};
constexpr std::uint64_t record_room = sizeof(service::StartRecord);
constexpr int signal_kill = 9, signal_segv = 11, signal_hangup = 1, signal_term = 15;

}  // namespace

World::World(std::uint32_t seed) : random(seed), system(endpoint::rs) {
    install_kernel();
    for (unsigned i = 0; i < 6; ++i) {
        users.push_back({.process = Endpoint::make(900 + i, 1), .label = {}});
        system.map_process(users.back().process, record_at, 1 << 16);
    }
    boot();
}

void World::boot() {
    EXPECT_TRUE(server.start());
    for (const BootEntry &entry : boot_table()) {
        if (!entry.core || entry.endpoint == endpoint::rs) continue;
        EXPECT_TRUE(*server.ask(entry.endpoint, InitReady{0, 0, 0, 0}));
        collect();
        drain();
    }
    drain();
    EXPECT_TRUE(server.state().system.up);
}

void World::step() {
    const unsigned choice = random() % 100;
    if (choice < 60) return do_one();
    if (choice < 68) return periods(1);
    if (choice < 68 + hazards.death && !places.empty()) return strike_one();
    if (choice < 75) return give_right();
    if (choice < 78 && !places.empty()) return signal_one();
    if (mounts && choice < 83) return mount_or_unmount();
    if (choice < 85) return do_one();
    command_one();
}

void World::strike_one() {
    auto victim = places.begin();
    std::advance(victim, random() % places.size());
    if (victim->second->allowed) kill(Endpoint{victim->first}, one_in(2) ? signal_kill : signal_segv);
}

void World::signal_one() {
    auto target = places.begin();
    std::advance(target, random() % places.size());
    if (!target->second->allowed || target->second->dead) return;
    signaled.emplace_back(target->second->number, one_in(8) ? signal_term : signal_hangup);
    later([this] { server.notify(endpoint::system, kernel_signal::manage); });
}

void World::command_one() {
    User &user = users[random() % users.size()];
    if (user.tag != 0) return;
    using service::Command;
    constexpr Command what[] = {Command::up,      Command::up,   Command::update,  Command::update, Command::update,
                                Command::refresh, Command::down, Command::restart, Command::status, Command::trace};
    const char *const names[] = {"one", "two", "three"};
    give(user, what[random() % std::size(what)], names[random() % std::size(names)]);
}

std::uint64_t World::give(User &user, service::Command command, const std::string &label) {
    service::StartRecord record{};
    const std::uint32_t keep[] = {0, service::start_flag::copy, service::start_flag::reuse,
                                  service::start_flag::verify};
    record.flags = keep[random() % 4];
    record.update_state = 1;
    if (label == "three") {
        record.flags |= service::start_flag::kernel_calls;
        record.kernel_calls.set(call_bit(KernelCall::privilege_control));
    }
    put_text(record.label, label);
    put_text(record.command, "/usr/sbin/" + label);
    record.major = major;
    if (script) put_text(record.script, "/etc/script");
    const bool whole = command == service::Command::up || command == service::Command::update;
    const std::size_t bytes = whole ? sizeof record : sizeof(service::LabelRecord);
    const void *from = whole ? static_cast<const void *>(&record) : record.label;
    std::memcpy(system.process_memory(user.process, record_at, bytes), from, bytes);
    const std::uint64_t answer_at = record_at.value + record_room;
    user.command = command;
    user.label = label;
    user.programs_before = programs;
    user.tag = 1;
    ++commands;
    const std::uint64_t tag = server.start_user_call(
        user.process, user_call, {static_cast<std::uint64_t>(command), record_at.value, bytes, answer_at, 40'000});
    user.tag = tag;
    collect();
    return tag;
}

void World::periods(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        for (auto &[place, program] : places) {
            const bool works = program->mood == Program::Mood::loops ||
                               (program->mood == Program::Mood::init_hangs && !program->accepted);
            if (works && program->allowed && !program->dead) program->worked = program->worked + milliseconds(90);
        }
        system.advance(policy::work_period);
        server.run();
        collect();
    }
}

void World::settle() {
    hazards = {};
    for (auto &[place, program] : places)
        if (program->mood == Program::Mood::loops) program->mood = Program::Mood::good;
    for (unsigned i = 0; i < 450; ++i) {
        drain();
        periods(1);
    }
    drain();
}

void World::go_down() { EXPECT_TRUE(*server.ask(endpoint::pm, Shutdown{})); }

}  // namespace axo::rs::test
