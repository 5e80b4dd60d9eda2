// What happened, as a hash: two runs with the same seed are the same run. The last events are kept to be shown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace axo::whole {

enum class Event : std::uint8_t { trap, exception, resume, timer, interrupt, idle };

class Trace {
public:
    /// `who` is a slot, or a line; the words say what (registers, a vector, a time).
    void note(Event event, std::uint64_t time, unsigned who, const std::uint64_t *words, std::size_t count);

    std::uint64_t hash() const { return hash_; }
    /// Of who ran after whom alone: without times, and without what was done.
    std::uint64_t order() const { return order_; }
    std::uint64_t events() const { return events_; }
    /// The last of them, one a line.
    std::string tail() const;

private:
    struct Line {
        Event event;
        unsigned who;
        std::uint64_t time, first, second;
    };
    static constexpr std::size_t kept = 64;

    static constexpr std::uint64_t start = 0xcbf2'9ce4'8422'2325;  // FNV-1a, by words

    std::uint64_t hash_ = start, order_ = start;
    unsigned last_who_ = ~0u;
    std::uint64_t events_ = 0;
    std::array<Line, kept> last_{};
};

}  // namespace axo::whole
