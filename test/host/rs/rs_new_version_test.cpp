// sources: servers/rs/update/new_version.cpp servers/rs/spawn/image_sections.cpp servers/rs/spawn/image_store.cpp
// Which programs RS takes for a new version of a service, and what an update inherits.
#include <gtest/gtest.h>

#include <random>

#include "lib/base/hash.hpp"
#include "servers/rs/update/new_version.hpp"
#include "test/host/fake/fake_sys.hpp"
#include "test/host/rs/fake_image.hpp"

namespace axo::rs::test {
namespace {

const Version running{7, name_hash("clock"), 1 << 4};

TEST(NewVersion, version_of_the_same_service_is_taken) {
    FailureText why{};
    EXPECT_TRUE(check_image(running, service_image("clock", 7), 0, why));
    EXPECT_TRUE(check_image(running, service_image("clock", 8), 0, why)) << "another State: the transfer decides";
    EXPECT_TRUE(why.empty());
}

TEST(NewVersion, unrelated_program_is_refused_and_named) {
    FailureText why{};
    EXPECT_EQ(check_image(running, service_image("memory", 7), 0, why).error(), Error::not_supported);
    EXPECT_EQ(why.view(), "it is no version of this service but of memory");
    EXPECT_EQ(check_image(running, service_image("", 7), 0, why).error(), Error::not_supported);
    EXPECT_EQ(check_image(running, service_image("a-name-of-thirty-one-characters", 7), 0, why).error(),
              Error::not_supported);
}

TEST(NewVersion, state_that_cannot_be_carried_over_is_refused_on_either_side) {
    FailureText why{};
    EXPECT_EQ(check_image(running, service_image("clock", 0), 0, why).error(), Error::not_supported);
    EXPECT_EQ(why.view(), "its State cannot take over that of the old version");
    EXPECT_EQ(check_image({0, running.name, 0}, service_image("clock", 7), 0, why).error(), Error::not_supported);
    EXPECT_EQ(why.view(), "the State of the old version cannot be carried over");
}

TEST(NewVersion, fresh_says_that_one_means_it) {
    FailureText why{};
    const std::uint32_t fresh = service::start_flag::fresh;
    EXPECT_TRUE(check_image(running, service_image("memory", 0), fresh, why));
    EXPECT_TRUE(check_protocols(running, {}, fresh));
}

TEST(NewVersion, file_that_is_no_service_is_no_program) {
    FailureText why{};
    EXPECT_EQ(check_image(running, {}, 0, why).error(), Error::no_exec);
    std::mt19937 random(1);
    for (unsigned i = 0; i < 20'000; ++i) {
        auto image = service_image("clock", 7);
        image.resize(1 + random() % image.size());
        for (unsigned n = random() % 8; n != 0; --n) image[random() % image.size()] = std::byte(random());
        static_cast<void>(check_image(running, image, 0, why));  // under ASan: nothing outside is read
    }
}

TEST(NewVersion, everything_that_was_served_must_be_served) {
    EXPECT_TRUE(check_protocols(running, {0, 0, 1 << 4 | 1 << 10}, 0));
    EXPECT_EQ(check_protocols(running, {0, 0, 1 << 10}, 0).error(), Error::not_supported);
}

TEST(NewVersion, update_inherits_what_it_does_not_give) {
    service::StartRecord old{}, given{};
    old.flags = service::start_flag::ipc_list | service::start_flag::copy | service::start_flag::block_device;
    old.major = 240;
    old.period_ns = 5;
    old.irq_count = 1;
    old.irqs[0] = 9;
    put_text(old.command, "/usr/sbin/clock -fast");
    put_text(old.script, "/etc/rs.single");
    put_text(old.ipc, "PM VFS");
    given.flags = service::start_flag::inherit | service::start_flag::verify;
    given.update_state = 2;
    given.drop_count = 1;
    put_text(given.drop[0], "ticks");
    put_text(given.command, "/tmp/clock2");
    put_text(given.label, "clock");
    const service::StartRecord merged = inherited(old, given);
    EXPECT_EQ(text_of(merged.command), "/tmp/clock2 -fast");
    EXPECT_EQ(text_of(merged.script), "/etc/rs.single");
    EXPECT_EQ(text_of(merged.ipc), "PM VFS");
    EXPECT_EQ(merged.major, 240u);
    EXPECT_EQ(merged.period_ns, 5u);
    EXPECT_EQ(merged.irqs[0], 9);
    EXPECT_EQ(merged.update_state, 2u);
    EXPECT_EQ(text_of(merged.drop[0]), "ticks");
    EXPECT_EQ(merged.flags,
              service::start_flag::ipc_list | service::start_flag::block_device | service::start_flag::verify);
    put_text(given.command, "/tmp/clock2 -slow");
    EXPECT_EQ(text_of(inherited(old, given).command), "/tmp/clock2 -slow");
}

}  // namespace
}  // namespace axo::rs::test
