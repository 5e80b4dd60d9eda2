// The whole system in this process: kernel core, RS, DS, PM, VM, VFS, ext2, tmpfs, procfs, the drivers memory, tty, log
// and hello, and a first program. What is struck is born again, and a seed says all that happens.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "axo/exit_code.hpp"
#include "test/host/whole/expectations.hpp"

namespace axo::whole {
namespace {

TEST(WholeSystem, serves_a_request_and_bears_hello_again) {
    System system(1);
    expect_hello_reborn(system);
}

TEST(WholeSystem, hello_may_be_struck_at_any_entry) {
    for (unsigned turn = 1; turn <= rounds(12); ++turn) {
        SCOPED_TRACE("turn " + std::to_string(turn));
        constexpr unsigned vectors[] = {divide_error, invalid_opcode, general_protection};
        System system(turn);
        expect_hello_reborn(system, vectors[turn % 3], turn);
    }
}

/// Everything that this test can have happen.
Record a_run(std::uint64_t seed) {
    System system(seed);
    boot_to_terminal(system);
    expect_answer_at_terminal(system, "axolotl");
    EXPECT_EQ(result_of(system, "hello", "hello"), 0);
    EXPECT_LT(result_of(system, "hello", "hello_crash"), 0);
    EXPECT_EQ(result_of(system, "vfs", "vfs"), 0);
    EXPECT_TRUE(strike(system, "hello", invalid_opcode, 1)) << system.why();
    expect_all_serve(system);
    return system.record();
}

TEST(WholeSystem, boots_twice_in_one_process_the_same_with_the_same_seed) {
    const Record first = a_run(7), other = a_run(8), second = a_run(7);
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.virtual_time, second.virtual_time);
    EXPECT_EQ(first.reports, second.reports);
    EXPECT_EQ(first.console, second.console);
    EXPECT_EQ(first.terminal, second.terminal);
    EXPECT_NE(first.order, other.order) << "another order, not only other times";
}

TEST(WholeSystem, each_seed_has_an_order_of_its_own) {
    std::set<std::uint64_t> orders;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        System system(seed);
        EXPECT_TRUE(system.until([&] { return system.reported("hello", greeting) != 0; })) << system.why();
        orders.insert(system.record().order);
    }
    EXPECT_EQ(orders.size(), 8u);
}

TEST(WholeSystem, terminal_log_and_proc_serve_side_by_side) {
    for (std::uint64_t seed = 1; seed <= rounds(4); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        System system(seed);
        EXPECT_TRUE(system.until([&] {
            return system.reported("hello", greeting) != 0 && system.reported("proc", status) != 0 &&
                   system.said_by("log").contains("axolotl: ") && system.machine.serial.shown().contains("who? ");
        })) << system.why();
        expect_answer_at_terminal(system, "axolotl");
        EXPECT_TRUE(system.machine.serial.shown().contains("hello: Hello, World!"))
            << "the kernel's log, on the console";
        expect_faultless(system);
    }
}

TEST(WholeSystem, terminal_driver_may_be_struck_at_any_entry_and_serves_who_opens_again) {
    for (unsigned turn = 1; turn <= rounds(6); ++turn) {
        SCOPED_TRACE("turn " + std::to_string(turn));
        System system(turn);
        EXPECT_TRUE(system.until([&] { return system.machine.serial.shown().contains("who? "); })) << system.why();
        EXPECT_TRUE(strike(system, "tty", invalid_opcode, turn)) << system.why();
        expect_answer_at_terminal(system, "again");
        expect_faultless(system);
    }
}

TEST(WholeSystem, log_and_proc_may_be_struck_at_any_entry_and_serve_again) {
    for (unsigned turn = 1; turn <= rounds(6); ++turn) {
        SCOPED_TRACE("turn " + std::to_string(turn));
        System system(turn);
        EXPECT_TRUE(
            system.until([&] { return system.reported("proc", status) != 0 && !system.said_by("log").empty(); }));
        EXPECT_TRUE(strike(system, "log", divide_error, turn)) << system.why();
        EXPECT_TRUE(strike(system, "procfs", general_protection, turn)) << system.why();
        const unsigned until_then = system.reported("proc", status);
        EXPECT_TRUE(system.until([&] {
            return system.reported("proc", status) > until_then + 1 &&
                   system.said_by("log").contains("rs: procfs (endpoint 11.0) died");
        })) << system.why();
        expect_faultless(system);
    }
}

/// The root file system lies on its RAM disk, and a program is read from there.
TEST(WholeSystem, memory_driver_may_be_struck_while_a_program_is_read) {
    unsigned deaths = 0;  // the driver is not needed as often with every seed
    for (unsigned turn = 1; turn <= rounds(8); ++turn) {
        SCOPED_TRACE("turn " + std::to_string(turn));
        System system(turn);
        boot_to_terminal(system);
        system.machine.strike(system.process("memory"), general_protection, 1 + turn % 4);
        EXPECT_EQ(result_of(system, "hello", "hello"), 0);
        if (system.machine.console.contains("rs: memory (endpoint 3.0) died")) ++deaths;
        EXPECT_EQ(result_of(system, "hello", "hello_scribbles"), -ERESTART) << "that one is read, and dies";
        expect_all_serve(system);
        expect_opens_counted_on(system);
    }
    EXPECT_GT(deaths, rounds(8) / 2);
}

TEST(WholeSystem, death_of_a_core_service_is_an_orderly_stop_that_names_it) {
    unsigned turn = 0;
    for (const char *core : {"rs", "vm", "pm", "vfs", "fs_root"}) {
        SCOPED_TRACE(core);
        System system(++turn);
        boot_to_terminal(system);
        system.machine.strike(system.process(core), divide_error, turn);
        EXPECT_FALSE(system.until([] { return false; }));
        EXPECT_EQ(system.exit_code(), static_cast<int>(ExitCode::core_service_died)) << system.why();
        EXPECT_TRUE(system.machine.console.contains(std::string(core) + " (")) << system.machine.console;
        EXPECT_TRUE(system.machine.console.contains("died")) << system.machine.console;
    }
}

}  // namespace
}  // namespace axo::whole
