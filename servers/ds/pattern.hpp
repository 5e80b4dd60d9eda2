// Extended regular expressions over keys: . * + ? [] () | ^ $ and \ before any of them. A pattern is
// compiled to a small program that is run on all its states at once (Thompson), so that matching is
// linear in key and pattern, whatever a client subscribes to. A pattern always covers the whole key.
#pragma once

#include <array>
#include <string_view>

#include "lib/base/vector.hpp"

namespace axo::ds {

class Pattern {
public:
    static constexpr std::size_t max_bytes = 255;

    /// Errors: invalid (syntax, too long), no_memory.
    static Result<Pattern> compile(std::string_view text);

    /// Nothing matches a key of more than 254 characters; there are none (key_max).
    bool matches(std::string_view key) const;

private:
    friend class PatternParser;
    friend class PatternRun;

    enum class Operation : std::uint16_t { character, any, set, split, jump, at_start, at_end, match };

    // Targets are relative, so that code can be put in front of code. split: both next and next + argument.
    struct Instruction {
        Operation operation;
        std::int16_t argument;
    };
    using Set = std::array<std::uint64_t, 4>;  // one bit per character

    Vector<Instruction> program_;
    Vector<Set> sets_;
};

}  // namespace axo::ds
