// What must hold when all is done: every command answered, every service at rest, nothing left that nobody has.
#include "test/host/rs/fake_image.hpp"
#include "test/host/rs/world/world.hpp"

namespace axo::rs::test {

void World::expect_settled() {
    EXPECT_EQ(answers, commands) << "every command is answered exactly once";
    EXPECT_FALSE(server.state().updater.busy);
    EXPECT_EQ(sef::pending_requests().count(), 0u);
    expect_mounts_settled();
    std::set<std::uint32_t> owned;
    std::set<const Image *> images;
    std::size_t lives = 0;
    for (const Service &service : server.state().services.all()) {
        if (service.phase == Phase::free || service.active.endpoint == endpoint::rs) continue;
        ++lives;
        if (service.has(service_flag::boot)) continue;
        expect_at_rest(service);
        if (service.image != nullptr) images.insert(service.image);
        owned.insert(service.active.endpoint.value);
    }
    for (const auto &[place, program] : places)
        EXPECT_TRUE(owned.contains(place)) << program->label << ": a process that no service has";
    EXPECT_EQ(regions.count(), images.size()) << "a region that no service keeps";
    EXPECT_EQ(sef::context().live_frames, lives) << "one coroutine per service but RS itself";
    for (const auto &line : system.log) EXPECT_EQ(line.find("without an answer"), line.npos) << line;
}

void World::expect_mounts_settled() {
    EXPECT_TRUE(mount_waits.empty()) << "a request of VFS without an answer";
    EXPECT_EQ(mounts_done + mounts_failed + mounts_ended, mount_requests);
    std::set<std::uint32_t> of_mounts;
    for (const Service &service : server.state().services.all())
        if (service.phase != Phase::free && service.has(service_flag::of_mount))
            of_mounts.insert(service.active.endpoint.value);
    EXPECT_EQ(of_mounts, mounted) << "each file system has a mount, and each mount its file system";
}

void World::expect_at_rest(const Service &service) {
    EXPECT_TRUE(service.phase == Phase::running || service.dead()) << service.label.text;
    EXPECT_EQ(service.work.step, service::Step::none);
    EXPECT_FALSE(service.work.swapped || service.owes_answer() || service.next.exists());
    EXPECT_EQ(service.work.image, nullptr);
    EXPECT_EQ(service.held_signals, 0u);
    if (service.phase != Phase::running) return;
    const Program *program = at(service.active.endpoint);
    ASSERT_NE(program, nullptr) << service.label.text;
    EXPECT_TRUE(program->accepted && !program->dead && program->ready_tag == 0) << service.label.text;
    EXPECT_EQ(program->label, std::string(service.label.view()));
    expect_rights(service, *program);
    EXPECT_EQ(labels[program->label], service.active.endpoint) << program->label;
}

}  // namespace axo::rs::test
