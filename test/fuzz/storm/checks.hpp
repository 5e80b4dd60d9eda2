// What a storm holds its service to, what it counts, and what each *_storm.cpp says about itself.
#pragma once

#include <cstdint>
#include <string>

#include "test/fuzz/storm/values.hpp"

namespace axo::storm {

/// One world of the service under test, for as long as a storm lasts. Each *_storm.cpp defines it.
void episode(Random &random);
/// How many episodes a run without options has; each *_storm.cpp says what fits into a second or two.
std::uint64_t usual_episodes();

[[noreturn]] void violated(const std::string &what);
inline void require(bool holds, const std::string &what) {
    if (!holds) violated(what);
}
/// `now` is what it was `before`.
inline void expect_same(const char *what, std::uint64_t before, std::uint64_t now) {
    if (before != now)
        violated(std::string(what) + ": " + std::to_string(before) + " before, " + std::to_string(now) + " after");
}

/// What a run did, shown at its end: a storm that reaches nothing proves nothing.
struct Tally {
    std::uint64_t messages = 0, answers = 0, good_answers = 0, late_answers = 0;
};
inline Tally tally;

}  // namespace axo::storm
