// Processes and the programs in them: they come, are swapped, and die.
#include "test/host/rs/world/world.hpp"

namespace axo::rs::test {

Program *World::at(Endpoint process) {
    const auto found = places.find(process.value);
    return found == places.end() ? nullptr : found->second.get();
}

Endpoint World::place_of(unsigned number) const {
    for (const auto &[place, program] : places)
        if (program->number == number) return Endpoint{place};
    return endpoint::none;
}

Program *World::by_number(unsigned number) { return at(place_of(number)); }

void World::die(Program &program, int signal) {
    if (program.dead) return;
    program.dead = true;
    program.ready_tag = program.init_tag = 0;
    ++deaths;
    signaled.emplace_back(program.number, signal);
    later([this] { server.notify(endpoint::system, kernel_signal::manage); });
}

void World::kill(Endpoint process, int signal) {
    if (Program *program = at(process)) die(*program, signal);
}

Result<pm::Spawn::Reply> World::spawn(const pm::Spawn &request) {
    auto program = std::make_unique<Program>();
    program->number = ++programs;
    program->label = text_of(request.name);
    const Service *service = find(program->label);
    EXPECT_NE(service, nullptr);
    if (service == nullptr) return Error::no_process;
    EXPECT_EQ(service->work.step, service::Step::process);
    program->of_update = service->work.kind == InitKind::update;
    if (service->work.kind == InitKind::restart) ++restarts;
    if (goes_wrong(hazards.mood)) program->mood = static_cast<Program::Mood>(1 + random() % 4);
    const Endpoint place = Endpoint::make(100 + slots++ % 700, 1 + programs / 700);
    EXPECT_FALSE(places.contains(place.value));
    places[place.value] = std::move(program);
    return pm::Spawn::Reply{place, programs};
}

Result<Nothing> World::swap(const axo::vm::RsUpdate &request) {
    Program *a = at(request.source), *b = at(request.destination);
    EXPECT_TRUE(a != nullptr && b != nullptr) << "a swap of who is gone";
    if (a == nullptr || b == nullptr) return Error::invalid;
    EXPECT_TRUE(a->stands_still() && b->stands_still()) << "a swap of who runs";
    if (goes_wrong(hazards.refusal)) return Error::busy;
    if (!b->dead && goes_wrong(hazards.refusal / 2)) return Error::no_memory;
    std::swap(places[request.source.value], places[request.destination.value]);
    ++swaps;
    return Nothing{};
}

}  // namespace axo::rs::test
