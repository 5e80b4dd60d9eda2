// sources: servers/rs/*.cpp servers/rs/*/*.cpp !servers/rs/main.cpp test/host/rs/world/*.cpp
// RS under commands, deaths, refusals, hangs and a shutdown that race: peers answer late and in random order. Whatever
// the order, every command is answered once, every service ends in a state that the rules allow, and nothing is left.
#include <gtest/gtest.h>

#include <cstdlib>

#include "axo/device_protocol.hpp"
#include "test/host/rs/world/world.hpp"

namespace axo::rs::test {
namespace {

std::uint32_t rounds(std::uint32_t few) {
    const char *wanted = std::getenv("AXO_ROUNDS");
    return wanted == nullptr ? few : static_cast<std::uint32_t>(std::atoi(wanted));
}

std::uint32_t first_seed() {
    const char *wanted = std::getenv("AXO_SEED");
    return wanted == nullptr ? 1 : static_cast<std::uint32_t>(std::atoi(wanted));
}

TEST(RsSchedule, late_answers_alone_harm_nobody) {
    for (std::uint32_t seed = first_seed(), end = seed + rounds(25); seed < end; ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        for (unsigned i = 0; i < 600; ++i) world.step();
        world.settle();
        world.expect_settled();
        if (testing::Test::HasFailure()) return;
    }
}

TEST(RsSchedule, deaths_refusals_and_hangs_in_any_order_leave_nothing) {
    std::size_t done = 0, failed = 0, restarts = 0;
    std::set<service::Step> steps;
    for (std::uint32_t seed = first_seed(), end = seed + rounds(60); seed < end; ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        world.hazards = {.refusal = seed % 4 * 5, .mood = seed % 3 * 12, .silence = seed % 5 * 5, .death = seed % 7};
        world.script = seed % 6 == 0;
        for (unsigned i = 0; i < 900; ++i) world.step();
        world.settle();
        world.expect_settled();
        done += world.updates_done, failed += world.updates_failed, restarts += world.restarts;
        steps.insert(world.steps_seen.begin(), world.steps_seen.end());
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(done, 50u);
    EXPECT_GT(failed, 100u);
    EXPECT_GT(restarts, 100u);
    EXPECT_EQ(steps.size(), static_cast<std::size_t>(service::Step::count)) << "some step was never seen";
}

TEST(RsSchedule, file_systems_of_mounts_come_and_go_with_them_whatever_else_happens) {
    std::size_t done = 0, failed = 0, ended = 0, lost = 0;
    for (std::uint32_t seed = first_seed(), end = seed + rounds(40); seed < end; ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        world.mounts = true;
        world.hazards = {.refusal = seed % 4 * 3, .mood = seed % 3 * 8, .silence = seed % 5 * 3, .death = seed % 7};
        for (unsigned i = 0; i < 900; ++i) world.step();
        world.settle();
        world.expect_settled();
        while (!world.mounted.empty()) world.stop_file_system(Endpoint{*world.mounted.begin()});
        world.settle();
        world.expect_settled();
        done += world.mounts_done, failed += world.mounts_failed, ended += world.mounts_ended;
        lost += world.mounts_lost;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(done, 300u);
    EXPECT_GT(failed, 50u);
    EXPECT_GT(ended, 200u);
    EXPECT_GT(lost, 50u);
}

TEST(RsSchedule, file_systems_are_asked_for_by_vfs_alone_and_nobody_else_ends_them) {
    World world(1);
    StartFileSystem request{};
    put_text(request.program, "tmpfs");
    EXPECT_EQ(world.server.ask(endpoint::pm, request)->error(), Error::not_permitted);
    for (const char *bad : {"", "../sh", "a b", ".", "thirteen-long"}) {
        put_text(request.program, bad);
        EXPECT_EQ(world.server.ask(endpoint::vfs, request)->error(), Error::invalid) << bad;
    }
    for (unsigned i = 0; i < 3; ++i) world.start_file_system();
    world.drain();
    EXPECT_EQ(world.mounted.size(), 3u);
    const Service *second = world.find("tmpfs.2");
    ASSERT_NE(second, nullptr);
    const Endpoint process = second->active.endpoint;
    for (const auto command : {service::Command::down, service::Command::refresh, service::Command::update}) {
        world.give(world.users[0], command, "tmpfs.2");
        world.drain();
        EXPECT_EQ(world.users[0].result, to_wire(Error::not_permitted));
    }
    EXPECT_EQ(world.server.ask(endpoint::pm, StopFileSystem{process, 0})->error(), Error::not_permitted);
    EXPECT_EQ(world.server.ask(endpoint::vfs, StopFileSystem{endpoint::ds, 0})->error(), Error::not_permitted);
    EXPECT_TRUE(*world.server.ask(endpoint::vfs, StopFileSystem{Endpoint::make(800, 7), 0})) << "gone already";
    world.stop_file_system(process);
    EXPECT_EQ(world.server.ask(endpoint::vfs, StopFileSystem{process, 0})->error(), Error::busy);
    world.drain();
    world.start_file_system();
    world.drain();
    EXPECT_NE(world.find("tmpfs.2"), nullptr) << "the number is free again";
    world.settle();
    EXPECT_EQ(world.mounted.size(), 3u);
    world.go_down();
    EXPECT_EQ(world.server.ask(endpoint::vfs, request)->error(), Error::not_permitted);
}

TEST(RsSchedule, after_a_shutdown_nothing_is_started_again) {
    for (std::uint32_t seed = first_seed(), end = seed + rounds(25); seed < end; ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        world.hazards = {.refusal = 5, .mood = 10, .silence = 5, .death = 3};
        for (unsigned i = 0; i < 300 + seed % 300; ++i) world.step();
        world.go_down();
        for (unsigned i = 0; i < 200; ++i) world.step();
        world.settle();
        world.expect_settled();
        const std::size_t restarts = world.restarts;
        for (Service &service : world.server.state().services.all())
            if (service.phase == Phase::running && !service.has(service_flag::boot))
                world.kill(service.active.endpoint, 11);
        world.settle();
        EXPECT_EQ(world.restarts, restarts);
        world.expect_settled();
        if (testing::Test::HasFailure()) return;
    }
}

TEST(RsSchedule, restart_gives_a_failed_service_its_whole_budget_again) {
    World world(1);
    world.give(world.users[0], service::Command::up, "one");
    world.settle();
    world.hazards.mood = 100;
    world.kill(world.find("one")->active.endpoint, 11);
    for (unsigned i = 0; i < 3000 && world.find("one")->phase != Phase::failed; ++i) {
        world.drain();
        world.periods(1);
    }
    ASSERT_EQ(world.find("one")->phase, Phase::failed);
    const std::size_t before = world.restarts;
    world.give(world.users[0], service::Command::restart, "one");
    for (unsigned i = 0; i < 3000 && (i < 3 || world.find("one")->phase != Phase::failed); ++i) {
        world.drain();
        world.periods(1);
    }
    EXPECT_EQ(world.restarts - before, policy::failure_budget);
}

/// Or who polls a driver that is not started again waits for ever.
TEST(RsSchedule, vfs_hears_of_each_death_of_a_driver_and_of_nobody_elses) {
    World world(1);
    world.give(world.users[0], service::Command::up, "one");
    world.settle();
    world.kill(world.find("one")->active.endpoint, 11);
    world.settle();
    EXPECT_EQ(world.drivers_lost, 0u) << "it drives nothing";
    world.major = device::major_hello;
    world.script = true;
    world.give(world.users[0], service::Command::up, "two");
    world.settle();
    world.kill(world.find("two")->active.endpoint, 11);
    world.drain();
    EXPECT_EQ(world.drivers_lost, 1u) << "before anybody decides what becomes of it";
    world.script = false;
    world.major = device::major_random;
    world.give(world.users[1], service::Command::up, "three");
    world.settle();
    for (unsigned i = 0; i < 3; ++i) {
        world.kill(world.find("three")->active.endpoint, 11);
        world.settle();
    }
    EXPECT_EQ(world.drivers_lost, 4u);
    EXPECT_EQ(world.find("three")->phase, Phase::running);
}

TEST(RsSchedule, major_has_one_driver_until_it_is_brought_down) {
    World world(1);
    const auto give = [&](service::Command command, const char *label) {
        world.give(world.users[0], command, label);
        world.settle();
        return world.users[0].result;
    };
    world.major = device::major_memory;
    EXPECT_EQ(give(service::Command::up, "one"), 0) << "no memory driver in this world";
    EXPECT_EQ(give(service::Command::up, "two"), to_wire(Error::busy));
    EXPECT_EQ(world.find("two"), nullptr);
    world.major = device::major_tty;
    EXPECT_EQ(give(service::Command::up, "three"), 0);
    world.hazards.mood = 100;
    world.kill(world.find("three")->active.endpoint, 11);
    for (unsigned i = 0; i < 3000 && world.find("three")->phase != Phase::failed; ++i) {
        world.drain();
        world.periods(1);
    }
    EXPECT_EQ(give(service::Command::up, "two"), to_wire(Error::busy)) << "a failed one may be started again";
    EXPECT_EQ(give(service::Command::down, "three"), 0);
    EXPECT_EQ(give(service::Command::up, "two"), 0);
}

}  // namespace
}  // namespace axo::rs::test
