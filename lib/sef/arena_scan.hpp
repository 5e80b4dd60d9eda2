// Test builds look through the state arena after messages for words that point into the program's image: text,
// constants, data. The next version has other things there, so such a word would break the first live update.
#pragma once

#include <cstdint>
#include <span>

#include "lib/sef/options.hpp"

namespace axo::sef {

/// The first word of `words` in [low, high), as an index; words.size() if there is none.
std::size_t find_word_between(std::span<const std::uint64_t> words, std::uint64_t low, std::uint64_t high);

class ArenaScan {
public:
    /// Nothing is scanned of a service that can not be updated or keeps words of user programs, which look alike, nor
    /// in a release build.
    explicit ArenaScan(const Options &options);

    /// The whole arena while it is small; of a large one each n-th time, so that a message costs a bounded effort.
    void after_message() {
#if AXO_CHECKED
        if (active_ && ++messages_ >= period()) scan();
#endif
    }

private:
    std::uint64_t period() const;
    void scan();

    bool active_;
    std::uint64_t messages_ = 0;
};

}  // namespace axo::sef
