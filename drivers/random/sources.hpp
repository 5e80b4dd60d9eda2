// Where the entropy comes from: the processor's generator and the low bits of the time at which
// something happens.
#pragma once

#include "drivers/random/generator.hpp"

namespace axo::random {

/// Judges how surprising the times of events are, by their differences and the differences of those.
class JitterMeter {
public:
    /// Bits of entropy that the event at `time` is credited with: 0 or 1.
    unsigned judge(std::uint64_t time);

private:
    std::uint64_t last_time_ = 0, last_difference_ = 0;
};

/// The processor's generator, for a whole reseed if it has one. What it gives is credited with half
/// of its length: it cannot be inspected.
void add_processor_random(Generator &generator);

/// The times that the processor itself takes for work of the same length, for a start without any
/// other source. Credits what the meter says.
void add_processor_jitter(Generator &generator, JitterMeter &meter);

}  // namespace axo::random
