// Makes damaged inputs out of good ones.
#pragma once

#include <random>

#include "test/fuzz/fuzz.hpp"

namespace fuzz {

class Mutator {
public:
    static constexpr std::size_t max_bytes = 16384;

    explicit Mutator(std::uint64_t seed) : random_(seed) {}

    /// A changed copy of `from`; parts may come from `other`, numbers from `compared`.
    Bytes mutate(const Bytes &from, const Bytes &other, std::span<const std::uint64_t> compared);
    /// 0 .. limit - 1.
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

private:
    void change(Bytes &bytes, const Bytes &other, std::span<const std::uint64_t> compared);
    void overwrite(Bytes &bytes, std::uint64_t value);
    void insert_random(Bytes &bytes);
    void remove_some(Bytes &bytes);
    void splice(Bytes &bytes, const Bytes &other);
    void repeat_some(Bytes &bytes);
    std::uint64_t interesting();
    /// Small counts are likelier than large ones.
    std::size_t some(std::size_t limit) { return limit == 0 ? 0 : 1 + below(1 + below(limit)); }

    std::mt19937_64 random_;
};

}  // namespace fuzz
