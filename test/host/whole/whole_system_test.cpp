// The whole system in this process: kernel core, RS, DS, PM, VM, VFS, memory, ext2, tmpfs, hello and a first program.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "kernel/kernel.hpp"
#include "test/host/whole/machine.hpp"
#include "test/host/whole/programs.hpp"

namespace axo::whole {
namespace {

const std::vector<std::byte> &archive() {
    static const std::vector<std::byte> made = boot_archive();
    return made;
}

/// What a run in a process of its own tells; plain, so that it goes through a pipe.
struct Outcome {
    std::uint64_t hash, events, virtual_time;
    unsigned greetings_before, greetings_after;
    std::uint32_t first_hello, second_hello;
    char end[4096];
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

Outcome run(std::uint64_t seed, Strike strike = {invalid_opcode, 1}) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    static_cast<void>(archive());
    const pid_t child = fork();
    if (child == 0) {
        Outcome outcome{};
        Machine machine(seed, archive());
        machine.shows_console = std::getenv("AXO_CONSOLE") != nullptr;
        std::string end;
        try {
            boot_and_kill(machine, strike, outcome);
        } catch (const Stopped &stopped) {
            end = "stopped: " + stopped.why + " " + std::to_string(stopped.code) + "\n" + machine.console +
                  machine.trace.tail();
            for (std::size_t i = 0; i < machine.reports.size() && i < 10; ++i)
                end += "report: " + machine.reports[i] + "\n";
        }
        outcome.hash = machine.trace.hash();
        outcome.events = machine.trace.events();
        outcome.virtual_time = machine.time;
        const std::size_t cut = end.size() < sizeof outcome.end ? 0 : end.size() - sizeof outcome.end + 1;
        end.copy(outcome.end, sizeof outcome.end - 1, cut);
        const bool told = write(ends[1], &outcome, sizeof outcome) == sizeof outcome;
        _exit(told ? 0 : 1);
    }
    close(ends[1]);
    Outcome outcome{};
    EXPECT_EQ(read(ends[0], &outcome, sizeof outcome), static_cast<ssize_t>(sizeof outcome));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    return outcome;
}

void expect_rebirth(const Outcome &outcome) {
    EXPECT_STREQ(outcome.end, "");
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

TEST(WholeSystem, same_seed_same_run) {
    const Outcome first = run(7), second = run(7), other = run(8);
    EXPECT_STREQ(first.end, "");
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.virtual_time, second.virtual_time);
    EXPECT_NE(first.hash, other.hash);
}

}  // namespace
}  // namespace axo::whole
