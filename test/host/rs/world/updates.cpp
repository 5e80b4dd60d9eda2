// What is to be seen of RS' steps from outside: who is at a service's place before, during and after an update.
#include "test/host/rs/world/world.hpp"

#include <algorithm>

namespace axo::rs::test {

void World::on_user_answer(User &user, std::int64_t result) {
    ++answers;
    if (user.command != service::Command::update || result != 0) return;
    const Service *service = find(user.label);
    const Program *program = service == nullptr ? nullptr : at(service->active.endpoint);
    ASSERT_NE(program, nullptr);
    EXPECT_TRUE(program->accepted && program->of_update && program->number > user.programs_before);
}

/// An update that failed changed nothing, unless the service died; one that did not left the new version there.
void World::check_updates() {
    for (; events_seen < server.state().events.next(); ++events_seen) {
        const service::Event *event = server.state().events.from(events_seen);
        if (event == nullptr || event->reason != service::Reason::update) continue;
        event->status == 0 ? ++updates_done : ++updates_failed;
        const Program *program = at(event->after);
        if (program == nullptr || program->dead) continue;
        const bool same = program->number == before_update[std::string(text_of(event->label))];
        EXPECT_EQ(same, event->status != 0) << text_of(event->label) << ": " << text_of(event->text);
    }
}

/// What RS is doing can be read from its State: who is at the service's own place is no secret of a coroutine.
void World::watch_steps() {
    check_updates();
    std::erase_if(given, [this](const auto &item) { return find(item.first) == nullptr; });
    for (const Service &service : server.state().services.all()) {
        if (service.phase == Phase::free || service.has(service_flag::boot)) continue;
        steps_seen.insert(service.work.step);
        const bool before = service.phase == Phase::running || service.phase == Phase::updating;
        if (before && !service.next.exists() && at(service.active.endpoint) != nullptr)
            before_update[std::string(service.label.view())] = at(service.active.endpoint)->number;
        if (service.phase != Phase::updating || swaps_under_way != 0 || !service.next.exists()) continue;
        const Program *here = at(service.active.endpoint), *there = at(service.next.endpoint);
        if (here == nullptr || there == nullptr) continue;
        EXPECT_EQ(service.work.swapped, here->number > there->number) << service.label.text;
    }
}

}  // namespace axo::rs::test
