// Live updates in the whole system: under everybody who works, that fail, and that are struck at any entry.
#include <gtest/gtest.h>

#include "axo/exit_code.hpp"
#include "test/host/whole/expectations.hpp"

namespace axo::whole {
namespace {

TEST(WholeSystem, hello_is_updated_at_its_place_and_keeps_its_state) {
    for (unsigned seed = 1; seed <= rounds(4); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        System system(seed);
        boot_to_terminal(system);
        const Endpoint place = system.process("hello");
        EXPECT_EQ(result_of(system, "hello", "hello"), 0);
        EXPECT_EQ(system.process("hello"), place);
        EXPECT_TRUE(system.machine.console.contains("Hello, World! (I am a new version)"));
        expect_all_serve(system);
        expect_opens_counted_on(system);
    }
}

TEST(WholeSystem, hello_is_updated_to_a_version_whose_state_is_another) {
    for (unsigned seed = 1; seed <= rounds(3); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        System system(seed);
        boot_to_terminal(system);
        const Endpoint place = system.process("hello");
        EXPECT_EQ(result_of(system, "hello", "hello2"), 0);
        EXPECT_EQ(system.process("hello"), place);
        expect_all_serve(system, "Hello, World! This is version 2.");
        expect_opens_counted_on(system);
    }
}

TEST(WholeSystem, version_that_cannot_be_updated_says_so_and_goes_on) {
    System system(5);
    boot_to_terminal(system);
    EXPECT_EQ(result_of(system, "hello", "hello_refuses"), 0);
    EXPECT_EQ(result_of(system, "hello", "hello"), to_wire(Error::no_syscall));
    expect_all_serve(system);
    expect_opens_counted_on(system);
}

TEST(WholeSystem, updates_of_hello_that_fail_are_rolled_back) {
    for (const char *broken : {"hello_fail", "hello_crash", "hello_scribbles", "hello_migrate_crashes"}) {
        SCOPED_TRACE(broken);
        System system(3);
        boot_to_terminal(system);
        const Endpoint place = system.process("hello");
        EXPECT_LT(result_of(system, "hello", broken), 0);
        EXPECT_EQ(system.process("hello"), place);
        expect_all_serve(system);
        expect_opens_counted_on(system);
    }
}

TEST(WholeSystem, vfs_is_updated_while_everybody_uses_it) {
    for (unsigned seed = 1; seed <= rounds(3); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        System system(seed);
        boot_to_terminal(system);
        for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(result_of(system, "vfs", "vfs"), 0);
        expect_all_serve(system);
        EXPECT_LT(result_of(system, "vfs", "vfs_fail"), 0);
        expect_all_serve(system);
        EXPECT_EQ(system.said_by("terminal"), "") << "what was open stays open";
    }
}

/// Before both versions change places it fails, and what is left of hello is born again; later it is done.
TEST(WholeSystem, hello_may_be_struck_at_any_entry_of_its_update) {
    unsigned updated = 0;
    for (unsigned turn = 1; turn <= rounds(10); ++turn) {
        SCOPED_TRACE("turn " + std::to_string(turn));
        System system(turn);
        boot_to_terminal(system);
        system.machine.serial.type("update hello hello\r", system.machine.time);
        EXPECT_TRUE(system.until([&] { return system.processes("hello").size() == 2; })) << system.why();
        EXPECT_TRUE(strike(system, "hello", invalid_opcode, 2 * turn)) << system.why();
        const std::string &shown = system.machine.serial.shown();
        EXPECT_TRUE(system.until([&] { return shown.contains("hello to hello: "); })) << system.why();
        if (shown.contains("hello to hello: 0")) ++updated;
        expect_all_serve(system);
    }
    EXPECT_GT(updated, 0u);
    EXPECT_LT(updated, rounds(10));
}

/// While the new version is not accepted, its death is only the end of the update; then it is that of VFS.
TEST(WholeSystem, new_version_of_vfs_may_be_struck_until_it_is_accepted) {
    unsigned rolled_back = 0;
    for (unsigned turn = 1; turn <= rounds(12); ++turn) {
        SCOPED_TRACE("turn " + std::to_string(turn));
        System system(turn);
        boot_to_terminal(system);
        const Endpoint place = system.process("vfs");
        const std::uint64_t old_version = system.page_table(place);
        system.machine.serial.type("update vfs vfs\r", system.machine.time);
        EXPECT_TRUE(system.until([&] { return system.page_table(place) != old_version; })) << system.why();
        system.machine.strike(place, invalid_opcode, turn);
        const std::string &shown = system.machine.serial.shown();
        if (!system.until([&] { return system.machine.struck() && shown.contains("vfs to vfs: -"); })) {
            EXPECT_EQ(system.exit_code(), static_cast<int>(ExitCode::core_service_died)) << system.why();
            continue;
        }
        ++rolled_back;
        EXPECT_EQ(system.page_table(place), old_version);
        expect_all_serve(system);
        EXPECT_EQ(result_of(system, "vfs", "vfs"), 0);
    }
    EXPECT_GT(rolled_back, 0u);
    EXPECT_LT(rolled_back, rounds(12));
}

}  // namespace
}  // namespace axo::whole
