// The program around a storm: episodes from one seed, each of which can be repeated alone.
//
//   <service>_storm [--seed N] [--episodes N | --seconds N]
//   <service>_storm --seed N --episode N      just this one
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "test/fuzz/storm/checks.hpp"

extern "C" void __sanitizer_set_death_callback(void (*callback)());
extern "C" const char *__asan_default_options() { return "handle_abort=1:allocator_may_return_null=1"; }

namespace axo::storm {

namespace {

constexpr unsigned hang_seconds = 20;

const char *program;
std::uint64_t seed = 1, episode_number = 0;

void tell_how_to_repeat() {
    std::fprintf(stderr, "storm: again with %s --seed %llu --episode %llu\n", program,
                 static_cast<unsigned long long>(seed), static_cast<unsigned long long>(episode_number));
}

void on_alarm(int) {
    std::fprintf(stderr, "storm: an episode took more than %u seconds\n", hang_seconds);
    std::abort();
}

void one(std::uint64_t number) {
    episode_number = number;
    alarm(hang_seconds);
    Random random(seed * 1'000'003 + number);
    episode(random);
    require(!testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed(), "the fakes' own expectations hold");
}

std::uint64_t many(std::uint64_t episodes, std::uint64_t seconds) {
    const auto started = std::chrono::steady_clock::now();
    std::uint64_t done = 0;
    const auto over = [&] {
        if (seconds == 0) return done == episodes;
        return std::chrono::steady_clock::now() - started > std::chrono::seconds(seconds);
    };
    while (!over()) one(done++);
    return done;
}

}  // namespace

void violated(const std::string &what) {
    std::fprintf(stderr, "storm: violated: %s\n", what.c_str());
    tell_how_to_repeat();
    std::fflush(stdout);
    std::_Exit(1);
}

}  // namespace axo::storm

int main(int count, char **words) {
    using namespace axo::storm;
    program = words[0];
    std::uint64_t episodes = usual_episodes(), seconds = 0;
    bool alone = false;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::uint64_t value = std::strtoull(words[i + 1], nullptr, 10);
        if (std::strcmp(words[i], "--seed") == 0) seed = value;
        if (std::strcmp(words[i], "--episodes") == 0) episodes = value;
        if (std::strcmp(words[i], "--seconds") == 0) seconds = value;
        if (std::strcmp(words[i], "--episode") == 0) {
            episode_number = value;
            alone = true;
        }
    }
    std::signal(SIGALRM, on_alarm);
    __sanitizer_set_death_callback(tell_how_to_repeat);
    const std::uint64_t done = alone ? (one(episode_number), 1) : many(episodes, seconds);
    const std::string name = words[0];
    std::printf("storm %s: %lu episodes, %lu messages, %lu of %lu answers good, %lu late answers of peers\n",
                name.substr(name.rfind('/') + 1).c_str(), done, tally.messages, tally.good_answers, tally.answers,
                tally.late_answers);
    require(alone || tally.good_answers > done, "the storm reaches what the service does");
    return 0;
}
