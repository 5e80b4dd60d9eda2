// sources: servers/rs/*.cpp servers/rs/*/*.cpp !servers/rs/main.cpp
// RS through its messages: the steps of a live update that nothing outside can make fail: a swap that VM refuses, for a
// while or for good, a rollback that is refused, deaths between request and answer.
#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "servers/rs/server.hpp"
#include "servers/rs/service/policy.hpp"
#include "test/host/fake/fake_regions.hpp"
#include "test/host/fake/fake_sys.hpp"
#include "test/host/rs/fake_image.hpp"

namespace axo::rs {
namespace {

constexpr Endpoint user = Endpoint::make(50, 1), old_place = Endpoint::make(20, 1), new_place = Endpoint::make(21, 1);

class RsUpdateTest : public testing::Test {
protected:
    RsUpdateTest() : system(endpoint::rs) {
        answer_all();
        system.on_kernel(KernelCall::process_info, [this](const fake::Arguments &a, std::uint64_t &) {
            ProcessInfo info{};
            info.endpoint = Endpoint{static_cast<std::uint32_t>(a[0])};
            info.in_receive = 1;
            info.struck = struck == info.endpoint ? 1 : 0;
            std::memcpy(reinterpret_cast<void *>(a[1]), &info, sizeof info);
            return std::int64_t{0};
        });
        system.on_kernel(KernelCall::kill, [this](const fake::Arguments &a, std::uint64_t &) {
            killed.push_back(Endpoint{static_cast<std::uint32_t>(a[0])});
            return std::int64_t{0};
        });
        system.on_kernel(KernelCall::get_signal, [this](const fake::Arguments &, std::uint64_t &set) {
            set = 1u << (9 - 1);
            return static_cast<std::int64_t>(std::exchange(signaled, endpoint::none).value);
        });
        system.on_kernel(KernelCall::get_info, [](const fake::Arguments &a, std::uint64_t &) {
            std::memset(reinterpret_cast<void *>(a[1]), 0, a[2]);  // a boot archive without further services
            return std::int64_t{0};
        });
        EXPECT_TRUE(server.start());
        for (const BootEntry &entry : boot_table()) {
            if (!entry.core || entry.endpoint == endpoint::rs) continue;
            EXPECT_TRUE(*server.ask(entry.endpoint, InitReady{0, 0, 0, 0}));
        }
        EXPECT_TRUE(server.state().system.up);
        next = old_place;
        tag = command(service::Command::up);
        EXPECT_TRUE(*server.ask(old_place, InitReady{0, 1, test::name_hash("hello"), 1 << 4}));
        EXPECT_EQ(server.user_result(user, tag), 0);
        next = new_place;
    }

    void answer_all() {
        system.answer<pm::LookupPid>([](Endpoint, const auto &) { return pm::LookupPid::Reply{50, 0}; });
        system.answer<pm::Spawn>([this](Endpoint, const auto &) { return pm::Spawn::Reply{next, 7}; });
        system.answer<pm::DestroyService>([this](Endpoint, const pm::DestroyService &request) {
            destroyed.push_back(request.process);
            return Nothing{};
        });
        system.answer<pm::StartInit>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vm::MakePresent>([](Endpoint, const auto &) { return Nothing{}; });
        regions.serve(system);
        system.answer<vm::Spawn>([](Endpoint, const auto &) { return vm::Spawn::Reply{}; });
        system.answer<vm::SetMask>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vm::ArenaDigest>([this](Endpoint, const vm::ArenaDigest &request) {
            return vm::ArenaDigest::Reply{request.process == old_place ? state_of_old : 0, 4096};
        });
        system.answer<vm::RsUpdate>([this](Endpoint, const auto &) -> Result<Nothing> {
            ++swaps;
            const Error says = swaps <= swap_errors.size() ? swap_errors[swaps - 1] : swap_error;
            if (during_swap) std::exchange(during_swap, nullptr)();
            if (says != Error{}) return says;
            if (struck != endpoint::none) struck = struck == old_place ? new_place : old_place;  // it moves along
            return Nothing{};
        });
        system.answer<vfs::ReadFile>([this](Endpoint, const vfs::ReadFile &request) {
            const auto file = test::service_image(program, program_schema);
            std::memcpy(system.granted(request.buffer, endpoint::vfs).data(), file.data(), file.size());
            return vfs::ReadFile::Reply{file.size()};
        });
        system.answer<vfs::MapDriver>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<ds::Publish>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<ds::DropLabel>([](Endpoint, const auto &) { return Nothing{}; });
    }

    std::uint64_t command(service::Command what, std::uint32_t flags = 0) {
        record = {};
        record.flags = flags;
        record.update_state = 1;
        put_text(record.label, label);
        put_text(record.command, "/usr/sbin/hello");
        system.map_process(user, VirtAddr{0x1000}, sizeof record);
        std::memcpy(system.process_memory(user, VirtAddr{0x1000}, sizeof record), &record, sizeof record);
        return server.start_user_call(user, user_call, {static_cast<std::uint64_t>(what), 0x1000, sizeof record});
    }
    /// Up to the moment when the old version waits in its ready message.
    void begin_update() {
        tag = command(service::Command::update, service::start_flag::verify);
        ready_tag = server.send(old_place, UpdateReady{1, 0, 0});
    }
    void dies(Endpoint process) {
        signaled = process;
        server.notify(endpoint::system, kernel_signal::manage);
    }
    void periods(unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            system.advance(policy::work_period);
            server.run();
        }
    }
    std::optional<Result<Nothing>> answer_to_old() { return server.reply_of<UpdateReady>(old_place, ready_tag); }
    const service::Event &last_event() { return *server.state().events.from(server.state().events.next() - 1); }
    Service &hello() { return *server.state().services.find("hello"); }

    fake::System system;
    fake::Service<Server> server;
    service::StartRecord record{};
    fake::Regions regions;
    std::vector<Endpoint> killed, destroyed;
    std::vector<Error> swap_errors;  // of the first swaps
    Error swap_error{};              // of those after them
    std::function<void()> during_swap;
    std::string label = "hello";    // of the service that the command is about
    std::string program = "hello";  // that the file is a version of
    std::uint64_t program_schema = 1;
    Endpoint next = endpoint::none, struck = endpoint::none, signaled = endpoint::none;
    std::size_t swaps = 0;
    std::uint64_t tag = 0, ready_tag = 0, state_of_old = 0x1234;
};

TEST_F(RsUpdateTest, accepted_version_stays_and_the_old_one_goes) {
    begin_update();
    EXPECT_EQ(swaps, 1u);
    EXPECT_TRUE(*server.ask(old_place, InitReady{0, 2, 0, 1 << 4}));
    EXPECT_EQ(server.user_result(user, tag), 0);
    EXPECT_EQ(destroyed, std::vector{new_place});
    EXPECT_FALSE(answer_to_old()) << "nobody is there any more";
}

TEST_F(RsUpdateTest, unrelated_program_is_refused_before_anything_is_made) {
    program = "memory";
    tag = command(service::Command::update);
    EXPECT_EQ(server.user_result(user, tag), to_wire(Error::not_supported));
    EXPECT_STREQ(last_event().text, "it is no version of this service but of memory");
    EXPECT_TRUE(destroyed.empty());
    EXPECT_EQ(swaps, 0u);
    program = "hello";
    begin_update();
    EXPECT_TRUE(*server.ask(old_place, InitReady{0, 2, 0, 1 << 4}));
    EXPECT_EQ(server.user_result(user, tag), 0) << "the next one is not hindered";
}

TEST_F(RsUpdateTest, version_that_serves_less_is_rolled_back) {
    begin_update();
    server.send(old_place, InitReady{0, 2, 0, 1 << 10});
    EXPECT_EQ(killed, std::vector{old_place});
    struck = old_place;
    dies(old_place);
    EXPECT_EQ(server.user_result(user, tag), -85);
    EXPECT_STREQ(last_event().text, "the init of the new version failed: error 95; rolled back");
}

TEST_F(RsUpdateTest, schema_counts_from_the_acceptance_and_not_from_the_report) {
    begin_update();
    server.send(old_place, InitReady{to_wire(Error::io), 2, 0, 1 << 4});
    struck = old_place;
    dies(old_place);
    EXPECT_EQ(server.user_result(user, tag), -85);
    EXPECT_STREQ(last_event().text, "the init of the new version failed: error 5; rolled back");
    EXPECT_EQ(hello().version.schema, 1u);
    struck = endpoint::none;
    next = Endpoint::make(23, 1);
    begin_update();
    const auto init = [&] {
        std::optional<Init> last;
        while (const auto sent = system.take_request(Init::number)) last = decode_request<Init>(sent->message);
        return last;
    }();
    ASSERT_TRUE(init);
    EXPECT_EQ(init->schema, 1u);
    EXPECT_TRUE(*server.ask(old_place, InitReady{0, 2, 0, 1 << 4}));
    EXPECT_EQ(hello().version.schema, 2u);
}

TEST_F(RsUpdateTest, reason_and_restarts_are_the_services_and_not_those_of_a_version_that_failed) {
    const auto reason = hello().reason;
    begin_update();
    struck = old_place;
    dies(old_place);  // the new version, in its place
    EXPECT_EQ(server.user_result(user, tag), -85);
    EXPECT_EQ(hello().reason, reason);
    EXPECT_EQ(hello().last_signal, 0u);
    EXPECT_EQ(hello().died, Nanoseconds{0});
    for (const auto &line : system.log) EXPECT_EQ(line.find(": hello (endpoint"), line.npos) << line;
}

TEST_F(RsUpdateTest, swap_that_is_refused_for_good_changes_nothing) {
    swap_error = Error::invalid;
    begin_update();
    EXPECT_EQ(server.user_result(user, tag), to_wire(Error::invalid));
    EXPECT_EQ(swaps, 1u);
    EXPECT_EQ(answer_to_old()->error(), Error::invalid) << "the old version goes on";
    EXPECT_EQ(destroyed, std::vector{new_place});
    EXPECT_STREQ(last_event().text, "the versions could not change places");
    EXPECT_EQ(last_event().state_before, state_of_old);
    EXPECT_EQ(last_event().state_after, state_of_old);
    EXPECT_EQ(hello().phase, Phase::running);
    EXPECT_TRUE(killed.empty());
    swap_error = Error{};
    begin_update();
    EXPECT_TRUE(*server.ask(old_place, InitReady{0, 2, 0, 1 << 4}));
    EXPECT_EQ(server.user_result(user, tag), 0) << "the next one is not hindered";
}

TEST_F(RsUpdateTest, swap_is_asked_for_again_while_a_copy_is_under_way) {
    swap_errors = {Error::busy, Error::busy};
    begin_update();
    EXPECT_EQ(swaps, 1u);
    periods(2);
    EXPECT_EQ(swaps, 3u);
    EXPECT_TRUE(*server.ask(old_place, InitReady{0, 2, 0, 1 << 4}));
    EXPECT_EQ(server.user_result(user, tag), 0);
}

TEST_F(RsUpdateTest, copy_that_never_ends_ends_the_update) {
    swap_error = Error::busy;
    begin_update();
    periods(30);
    EXPECT_EQ(server.user_result(user, tag), to_wire(Error::busy));
    EXPECT_EQ(answer_to_old()->error(), Error::busy);
    EXPECT_EQ(destroyed, std::vector{new_place});
    EXPECT_EQ(hello().phase, Phase::running);
}

TEST_F(RsUpdateTest, rollback_is_asked_for_again_until_the_copy_is_over) {
    swap_errors = {Error{}, Error::busy, Error::busy};
    begin_update();
    server.send(old_place, InitReady{to_wire(Error::io), 2, 0, 0});
    EXPECT_EQ(killed, std::vector{old_place}) << "the new version, in the old one's place";
    struck = old_place;
    dies(old_place);
    EXPECT_EQ(swaps, 2u);
    periods(2);
    EXPECT_EQ(swaps, 4u);
    EXPECT_EQ(server.user_result(user, tag), -85);
    EXPECT_FALSE(*answer_to_old());
    EXPECT_EQ(destroyed, std::vector{new_place});
    EXPECT_EQ(last_event().state_after, state_of_old);
    EXPECT_FALSE(hello().active.dead);
    EXPECT_EQ(hello().restarts, 0u);
}

TEST_F(RsUpdateTest, rollback_that_is_refused_for_good_is_a_death) {
    swap_errors = {Error{}, Error::invalid};
    begin_update();
    server.send(old_place, InitReady{to_wire(Error::io), 2, 0, 0});
    struck = old_place;
    next = Endpoint::make(22, 1);
    dies(old_place);
    EXPECT_EQ(server.user_result(user, tag), -85);
    EXPECT_STREQ(last_event().text, "the new version failed and the old one was lost");
    EXPECT_TRUE(*server.ask(next, InitReady{0, 1, 0, 0})) << "it is started anew";
    EXPECT_EQ(hello().active.endpoint, next);
    EXPECT_EQ(hello().restarts, 1u);
    EXPECT_EQ(destroyed, (std::vector{new_place, old_place}));
}

TEST_F(RsUpdateTest, death_of_the_new_version_that_was_noted_before_the_swap_follows_it) {
    during_swap = [this] {
        struck = new_place;
        dies(new_place);
    };
    begin_update();
    EXPECT_EQ(swaps, 2u) << "rolled back";
    EXPECT_EQ(server.user_result(user, tag), -85);
    EXPECT_FALSE(hello().active.dead);
    EXPECT_FALSE(*answer_to_old());
    EXPECT_EQ(hello().restarts, 0u);
}

TEST_F(RsUpdateTest, new_version_that_died_before_its_turn_is_not_swapped_in) {
    tag = command(service::Command::update, service::start_flag::verify);
    struck = new_place;
    dies(new_place);
    EXPECT_EQ(server.user_result(user, tag), to_wire(Error::interrupted));
    EXPECT_EQ(swaps, 0u);
    EXPECT_EQ((*server.ask(old_place, UpdateReady{1, 0, 0})).error(), Error::interrupted) << "too late";
    EXPECT_EQ(hello().phase, Phase::running);
}

TEST_F(RsUpdateTest, ready_of_an_earlier_update_does_not_count_for_another_state) {
    tag = command(service::Command::update);
    EXPECT_EQ((*server.ask(old_place, UpdateReady{2, 0, 0})).error(), Error::interrupted);
    EXPECT_EQ((*server.ask(new_place, UpdateReady{1, 0, 0})).error(), Error::interrupted) << "another process";
    EXPECT_EQ(swaps, 0u);
    server.send(old_place, UpdateReady{1, 0, 0});
    EXPECT_EQ(swaps, 1u);
}

// ---- the core ---------------------------------------------------------------------------------------

struct RsUpdateCore : RsUpdateTest {
    RsUpdateCore() {
        label = program = "vfs";
        next = new_place;
        vfs().version = Version::of(InitReady{0, 1, test::name_hash("vfs"), 1 << 4});
        EXPECT_FALSE(vfs().image) << "nobody could start it again";
    }
    Service &vfs() { return *server.state().services.find("vfs"); }
    void begin() {
        tag = command(service::Command::update);
        server.send(endpoint::vfs, UpdateReady{1, 0, 0});
        EXPECT_EQ(swaps, 1u);
    }
};

TEST_F(RsUpdateCore, accepted_version_stays_and_is_neither_pinged_nor_kept_in_memory) {
    begin();
    EXPECT_TRUE(*server.ask(endpoint::vfs, InitReady{0, 1, test::name_hash("vfs"), 1 << 4}));
    EXPECT_EQ(server.user_result(user, tag), 0);
    EXPECT_EQ(destroyed, std::vector{new_place});
    EXPECT_EQ(vfs().period.value, 0u);
    EXPECT_EQ(vfs().image, nullptr);
    periods(20);
    EXPECT_TRUE(killed.empty());
}

TEST_F(RsUpdateCore, version_that_dies_in_its_init_is_rolled_back_and_the_system_goes_on) {
    begin();
    struck = endpoint::vfs;
    dies(endpoint::vfs);
    EXPECT_EQ(swaps, 2u);
    EXPECT_EQ(server.user_result(user, tag), -85);
    EXPECT_EQ(system.kernel_call_counts[KernelCall::shutdown], 0u);
    EXPECT_EQ(vfs().phase, Phase::running);
    EXPECT_FALSE(vfs().active.dead);
}

TEST_F(RsUpdateCore, without_its_state_it_is_no_system) {
    tag = command(service::Command::update, service::start_flag::fresh);
    EXPECT_EQ(server.user_result(user, tag), to_wire(Error::not_permitted));
    EXPECT_EQ(swaps, 0u);
}

}  // namespace
}  // namespace axo::rs
