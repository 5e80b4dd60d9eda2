// Test builds look through the state arena after messages for words that point out of it. Into the program's image
// (text, constants, data): the next version has other things there, so such a word would break the first live update.
// Into a region of VM: a State names it by handle (lib/sys/region.hpp), since only the process knows where it lies.
// Grants are of memory where it lies: their table is the exception.
#pragma once

#include <cstdint>
#include <span>

#include "lib/sef/options.hpp"

namespace axo::sef {

enum class Regions { watched, left_out };
/// The first word of `words` that is an address in the image, which ends at `image_end`, or of a block in a region; as
/// an index, words.size() if there is none.
std::size_t find_outside_word(std::span<const std::uint64_t> words, std::uint64_t image_end,
                              Regions regions = Regions::watched);

class ArenaScan {
public:
    /// Nothing is scanned of a service that keeps words of user programs, which look alike, nor in a release build. One
    /// that can not be updated may point into its image.
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
    void scan(std::size_t first, std::size_t end, Regions regions) const;

    bool active_, image_;
    std::uint64_t messages_ = 0;
};

}  // namespace axo::sef
