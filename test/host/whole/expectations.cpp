#include "test/host/whole/expectations.hpp"

#include <cstdlib>

namespace axo::whole {

unsigned rounds(unsigned few) {
    const char *wanted = std::getenv("AXO_ROUNDS");
    return wanted == nullptr ? few : static_cast<unsigned>(std::atoi(wanted));
}

void expect_faultless(const System &system) {
    EXPECT_EQ(system.why(), "");
    EXPECT_TRUE(system.machine.serial.faults().empty()) << system.machine.serial.faults().front();
}

bool strike(System &system, std::string_view name, unsigned vector, unsigned turn) {
    const Endpoint victim = system.process(name);
    EXPECT_NE(victim, endpoint::none) << name;
    system.machine.strike(victim, vector, turn);
    return system.until([&] { return system.machine.struck(); });
}

void expect_hello_reborn(System &system, unsigned vector, unsigned turn) {
    EXPECT_TRUE(system.until([&] { return system.reported("hello", greeting) != 0; })) << system.why();
    const Endpoint first = system.process("hello");
    EXPECT_TRUE(strike(system, "hello", vector, turn)) << system.why();
    const unsigned until_then = system.reported("hello", greeting);
    EXPECT_TRUE(system.until([&] { return system.reported("hello", greeting) >= until_then + 3; })) << system.why();
    EXPECT_NE(system.process("hello"), endpoint::none);
    EXPECT_NE(system.process("hello"), first);
    expect_faultless(system);
}

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

int result_of(System &system, const std::string &label, const std::string &program) {
    Machine &machine = system.machine;
    const std::string answer = label + " to " + program + ": ";
    const std::size_t before = machine.serial.shown().size();
    machine.serial.type("update " + label + " " + program + "\r", machine.time);
    std::size_t found = std::string::npos;
    EXPECT_TRUE(system.until([&] {
        found = machine.serial.shown().find(answer, before);
        return found != std::string::npos &&
               machine.serial.shown().find('\n', found + answer.size()) != std::string::npos;
    })) << system.why();
    return found == std::string::npos ? -1000 : std::atoi(machine.serial.shown().c_str() + found + answer.size());
}

void expect_all_serve(System &system, std::string_view says) {
    const unsigned hellos = system.reported("hello", says), statuses = system.reported("proc", status);
    EXPECT_TRUE(system.until([&] {
        return system.reported("hello", says) >= hellos + 2 && system.reported("proc", status) >= statuses + 2;
    })) << system.why();
    expect_answer_at_terminal(system, "axolotl");
    expect_faultless(system);
}

void boot_to_terminal(System &system) {
    EXPECT_TRUE(system.until([&] {
        return system.machine.serial.shown().contains("who? ") && system.reported("hello", greeting) > 0;
    })) << system.why();
}

void expect_opens_counted_on(const System &system) {
    const std::string &console = system.machine.console;
    constexpr std::string_view first = "called 1 time(s)";
    const std::size_t found = console.find(first);
    EXPECT_NE(found, console.npos);
    EXPECT_EQ(console.find(first, found + 1), console.npos) << console;
    EXPECT_TRUE(console.contains("called 3 time(s)"));
}

}  // namespace axo::whole
