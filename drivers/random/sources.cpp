#include "drivers/random/sources.hpp"

#include "lib/sys/processor.hpp"

namespace axo::random {

namespace {
constexpr unsigned bits_per_word = 32;  // of 64
constexpr unsigned words_per_reseed = Generator::bits_for_reseed / bits_per_word;
constexpr unsigned jitter_rounds = 1024;
}  // namespace

unsigned JitterMeter::judge(std::uint64_t time) {
    const std::uint64_t difference = time - last_time_;
    const bool surprising = last_difference_ != 0 && difference != last_difference_;
    last_difference_ = last_time_ == 0 ? 0 : difference;
    last_time_ = time;
    return surprising ? 1 : 0;
}

void add_processor_random(Generator &generator) {
    for (unsigned i = 0; i < words_per_reseed; ++i)
        if (const auto value = sys::processor_random()) generator.add(*value, bits_per_word);
}

void add_processor_jitter(Generator &generator, JitterMeter &meter) {
    for (unsigned round = 0; round < jitter_rounds; ++round) {
        const std::uint64_t time = sys::timestamp();
        // Adding stirs the pool now and then, so that the rounds take different paths and times.
        generator.add(time, round % 4 == 0 ? meter.judge(time) : 0);
    }
}

}  // namespace axo::random
