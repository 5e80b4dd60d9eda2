// Runs a compiled pattern: the set of states it may be in moves along the key.
#include "servers/ds/pattern.hpp"

namespace axo::ds {

// No character of a pattern becomes more than two instructions; the last one is `match`.
constexpr std::size_t max_program = 2 * Pattern::max_bytes + 1;

constexpr std::size_t longest_key = 254;  // what step_ can count

class PatternRun {
public:
    PatternRun(const Pattern &pattern, std::string_view key) : pattern_(pattern), key_(key) {}

    bool run() {
        enter(0, 0);
        for (std::size_t position = 0; position < key_.size(); ++position) {
            const StateList reached = next_;
            next_.count = 0;
            ++step_;
            for (std::size_t i = 0; i < reached.count; ++i) advance(reached.states[i], position);
        }
        for (std::size_t i = 0; i < next_.count; ++i) {
            if (pattern_.program_[next_.states[i]].operation == Operation::match) return true;
        }
        return false;
    }

private:
    using Operation = Pattern::Operation;
    struct StateList {
        std::uint16_t states[max_program];
        std::size_t count = 0;
    };

    static std::size_t target(std::size_t from, std::int16_t distance) {
        return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(from) + distance);
    }

    // Adds a state and all it leads to without reading a character.
    void enter(std::size_t first, std::size_t position) {
        std::uint16_t stack[2 * max_program + 1];
        std::size_t depth = 0;
        stack[depth++] = static_cast<std::uint16_t>(first);
        while (depth != 0) {
            const std::size_t state = stack[--depth];
            if (seen_[state] == step_) continue;
            seen_[state] = step_;
            const auto [operation, argument] = pattern_.program_[state];
            switch (operation) {
                case Operation::split:
                    stack[depth++] = static_cast<std::uint16_t>(target(state, argument));
                    stack[depth++] = static_cast<std::uint16_t>(state + 1);
                    break;
                case Operation::jump: stack[depth++] = static_cast<std::uint16_t>(target(state, argument)); break;
                case Operation::at_start:
                    if (position == 0) stack[depth++] = static_cast<std::uint16_t>(state + 1);
                    break;
                case Operation::at_end:
                    if (position == key_.size()) stack[depth++] = static_cast<std::uint16_t>(state + 1);
                    break;
                default: next_.states[next_.count++] = static_cast<std::uint16_t>(state);
            }
        }
    }

    void advance(std::size_t state, std::size_t position) {
        const auto [operation, argument] = pattern_.program_[state];
        const auto read = static_cast<unsigned char>(key_[position]);
        bool fits = operation == Operation::any;
        if (operation == Operation::character) fits = read == argument;
        if (operation == Operation::set) {
            fits = (pattern_.sets_[static_cast<std::size_t>(argument)][read / 64] >> read % 64 & 1) != 0;
        }
        if (fits) enter(state + 1, position + 1);
    }

    const Pattern &pattern_;
    std::string_view key_;
    std::uint8_t step_ = 1;
    StateList next_;
    std::uint8_t seen_[max_program] = {};
};

bool Pattern::matches(std::string_view key) const { return key.size() <= longest_key && PatternRun(*this, key).run(); }

}  // namespace axo::ds
