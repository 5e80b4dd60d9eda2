// The whole system in this process: kernel core, RS, DS, PM, VM, VFS, ext2, tmpfs, procfs, the drivers memory, tty, log
// and hello, and a first program.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "test/host/whole/system.hpp"

namespace axo::whole {
namespace {

constexpr unsigned divide_error = 0, invalid_opcode = 6, general_protection = 13;
constexpr std::string_view greeting = "Hello, World!", status = "Name:\tinit";

/// How many seeds, and entries at which something is struck, a test tries.
unsigned rounds(unsigned few) {
    const char *wanted = std::getenv("AXO_ROUNDS");
    return wanted == nullptr ? few : static_cast<unsigned>(std::atoi(wanted));
}

void expect_faultless(const System &system) {
    EXPECT_EQ(system.why(), "");
    EXPECT_TRUE(system.machine.serial.faults().empty()) << system.machine.serial.faults().front();
}

/// Strikes the process that has this name at its `turn`-th entry from now.
bool strike(System &system, std::string_view name, unsigned vector, unsigned turn) {
    const Endpoint victim = system.process(name);
    EXPECT_NE(victim, endpoint::none) << name;
    system.machine.strike(victim, vector, turn);
    return system.until([&] { return system.machine.struck(); });
}

/// Boots until hello has answered, strikes it, and goes on until it has answered three more times.
void expect_hello_reborn(System &system, unsigned vector = invalid_opcode, unsigned turn = 1) {
    EXPECT_TRUE(system.until([&] { return system.reported("hello", greeting) != 0; })) << system.why();
    const Endpoint first = system.process("hello");
    EXPECT_TRUE(strike(system, "hello", vector, turn)) << system.why();
    const unsigned until_then = system.reported("hello", greeting);
    EXPECT_TRUE(system.until([&] { return system.reported("hello", greeting) >= until_then + 3; })) << system.why();
    EXPECT_NE(system.process("hello"), endpoint::none);
    EXPECT_NE(system.process("hello"), first);
    expect_faultless(system);
}

/// Types a name until the program at the terminal greets it: while a driver is away, what was typed may be lost.
void expect_answer_at_terminal(System &system, const std::string &name) {
    Machine &machine = system.machine;
    const std::string answer = "good day, " + name;
    for (unsigned tries = 0; tries < 5 && !machine.serial.shown().contains(answer); ++tries) {
        machine.serial.type(name + "\r", machine.time);
        const std::uint64_t patience = machine.time + 2'000'000'000;
        ASSERT_TRUE(system.until([&] { return machine.serial.shown().contains(answer) || machine.time > patience; }))
            << system.why();
    }
    EXPECT_TRUE(machine.serial.shown().contains(answer)) << machine.serial.shown();
}

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

Record a_run(std::uint64_t seed) {
    System system(seed);
    EXPECT_TRUE(system.until([&] { return system.machine.serial.shown().contains("who? "); })) << system.why();
    expect_answer_at_terminal(system, "axolotl");
    expect_hello_reborn(system);
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

}  // namespace
}  // namespace axo::whole
