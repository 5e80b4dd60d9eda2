// Load averages: the number of runnable processes, damped over 1, 5 and 15 minutes, in fixed point with 11 bits behind
// the point and a sample every five seconds, as Linux defines them. Pure.
#pragma once

#include <cstdint>

namespace axo::procfs {

class LoadAverage {
public:
    static constexpr std::uint64_t sample_seconds = 5;
    static constexpr unsigned fraction_bits = 11;
    static constexpr std::uint64_t one = 1u << fraction_bits;

    void sample(std::uint64_t runnable) {
        for (unsigned i = 0; i < 3; ++i) {
            const std::uint64_t active = runnable * one;
            std::uint64_t load = loads_[i] * decay[i] + active * (one - decay[i]);
            if (active >= loads_[i]) load += one - 1;  // else it never reaches the whole number
            loads_[i] = load / one;
        }
    }
    /// Of the 1, 5 and 15 minutes: times 100, rounded.
    std::uint64_t hundredths(unsigned which) const { return (loads_[which] * 100 + one / 2) / one; }

private:
    static constexpr std::uint64_t decay[3] = {1884, 2014, 2037};  // one / exp(5 s / 1, 5, 15 min)
    std::uint64_t loads_[3] = {};
};

}  // namespace axo::procfs
