// The whole system in this process: kernel core, RS, DS, PM, VM, VFS, memory, ext2, tmpfs, hello and a first program.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "kernel/kernel.hpp"
#include "test/host/whole/machine.hpp"
#include "test/host/whole/programs.hpp"

namespace axo::whole {
namespace {

const std::vector<std::byte> &archive() {
    static const std::vector<std::byte> made = boot_archive();
    return made;
}

/// What a run tells.
struct Outcome {
    std::uint64_t hash, order, events, virtual_time;
    unsigned greetings_before, greetings_after;
    std::uint32_t first_hello, second_hello;
    std::vector<std::string> reports;
    std::string console;
    std::string end;  // empty: as it should
};

std::uint32_t hello_now() {
    for (const kernel::Process &process : kernel::the_kernel.processes.slots)
        if (!process.has(kernel::run_flag::slot_free | kernel::run_flag::no_endpoint) &&
            std::string_view(process.name) == "hello")
            return process.endpoint.value;
    return 0;
}

unsigned greetings(const Machine &machine) {
    return static_cast<unsigned>(std::ranges::count(machine.reports, "Hello, World!\n"));
}

constexpr unsigned divide_error = 0, invalid_opcode = 6, general_protection = 13;

/// When hello is struck: how often it may still run, and by what.
struct Strike {
    unsigned vector, turn;
};

/// Boots until hello has answered, strikes it, and goes on until it has answered three more times.
void boot_and_kill(Machine &machine, Strike strike, Outcome &outcome) {
    constexpr std::uint64_t limit = 20'000;
    machine.run([&] { return greetings(machine) == 1; }, limit);
    outcome.greetings_before = greetings(machine);
    outcome.first_hello = hello_now();
    machine.strike(Endpoint{outcome.first_hello}, strike.vector, strike.turn);
    machine.run([&] { return machine.struck(); }, limit);
    const unsigned until_then = greetings(machine);
    machine.run([&] { return greetings(machine) >= until_then + 3; }, limit);
    outcome.greetings_after = greetings(machine);
    outcome.second_hello = hello_now();
}

std::string why(const Machine &machine, const Stopped &stopped) {
    std::string text =
        "stopped: " + stopped.why + " " + std::to_string(stopped.code) + "\n" + machine.console + machine.trace.tail();
    for (std::size_t i = 0; i < machine.reports.size() && i < 10; ++i) text += "report: " + machine.reports[i] + "\n";
    return text;
}

Outcome run(std::uint64_t seed, Strike strike = {invalid_opcode, 1}) {
    Outcome outcome{};
    Machine machine(seed, archive());
    machine.shows_console = std::getenv("AXO_CONSOLE") != nullptr;
    try {
        boot_and_kill(machine, strike, outcome);
    } catch (const Stopped &stopped) { outcome.end = why(machine, stopped); }
    outcome.hash = machine.trace.hash();
    outcome.order = machine.trace.order();
    outcome.events = machine.trace.events();
    outcome.virtual_time = machine.time;
    outcome.reports = machine.reports;
    outcome.console = machine.console;
    return outcome;
}

void expect_rebirth(const Outcome &outcome) {
    EXPECT_EQ(outcome.end, "");
    EXPECT_EQ(outcome.greetings_before, 1u);
    EXPECT_GE(outcome.greetings_after, 4u);
    EXPECT_NE(outcome.first_hello, 0u);
    EXPECT_NE(outcome.second_hello, 0u);
    EXPECT_NE(outcome.second_hello, outcome.first_hello);
}

TEST(WholeSystem, serves_a_request_and_bears_hello_again) { expect_rebirth(run(1)); }

TEST(WholeSystem, hello_may_be_struck_at_any_entry) {
    for (unsigned turn = 1; turn <= 12; ++turn) {
        SCOPED_TRACE("turn " + std::to_string(turn));
        constexpr unsigned vectors[] = {divide_error, invalid_opcode, general_protection};
        expect_rebirth(run(turn, {vectors[turn % 3], turn}));
    }
}

TEST(WholeSystem, boots_twice_in_one_process_the_same_with_the_same_seed) {
    const Outcome first = run(7), other = run(8), second = run(7);
    expect_rebirth(first);
    expect_rebirth(other);
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.virtual_time, second.virtual_time);
    EXPECT_EQ(first.reports, second.reports);
    EXPECT_EQ(first.console, second.console);
    EXPECT_NE(first.order, other.order) << "another order, not only other times";
}

TEST(WholeSystem, most_seeds_have_an_order_of_their_own) {
    std::set<std::uint64_t> orders;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) orders.insert(run(seed).order);
    EXPECT_GE(orders.size(), 7u);
}

}  // namespace
}  // namespace axo::whole
