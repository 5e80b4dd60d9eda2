// The compiler of patterns: recursive descent that emits code as it reads.
#include "servers/ds/pattern.hpp"

namespace axo::ds {

class PatternParser {
public:
    PatternParser(Pattern &pattern, std::string_view text) : pattern_(pattern), text_(text) {}

    Status parse() {
        TRY(alternatives(0));
        if (!at_end()) return Error::invalid;  // a ')' too many
        return emit(Operation::match, 0);
    }

private:
    using Operation = Pattern::Operation;
    static constexpr unsigned max_depth = 16;

    bool at_end() const { return position_ == text_.size(); }
    char peek() const { return text_[position_]; }
    bool accept(char wanted) {
        if (at_end() || peek() != wanted) return false;
        ++position_;
        return true;
    }
    std::size_t here() const { return pattern_.program_.size(); }
    static std::int16_t distance(std::size_t from, std::size_t to) {
        return static_cast<std::int16_t>(static_cast<std::ptrdiff_t>(to) - static_cast<std::ptrdiff_t>(from));
    }

    Status emit(Operation operation, std::int16_t argument) {
        return pattern_.program_.push_back({operation, argument});
    }
    Status put_before(std::size_t start, Operation operation, std::int16_t argument) {
        return pattern_.program_.insert(start, {operation, argument});
    }

    // a|b: split to b; a; jump behind b; b
    Status alternatives(unsigned depth) {
        if (depth > max_depth) return Error::invalid;
        const std::size_t start = here();
        TRY(sequence(depth));
        if (!accept('|')) return {};
        TRY(put_before(start, Operation::split, distance(start, here() + 2)));
        const std::size_t jump = here();
        TRY(emit(Operation::jump, 0));
        TRY(alternatives(depth + 1));
        pattern_.program_[jump].argument = distance(jump, here());
        return {};
    }

    Status sequence(unsigned depth) {
        while (!at_end() && peek() != '|' && peek() != ')') {
            const std::size_t start = here();
            TRY(atom(depth));
            while (!at_end() && (peek() == '*' || peek() == '+' || peek() == '?')) TRY(repeat(start));
        }
        return {};
    }

    // x*: split behind; x; jump back.  x+: x; split back.  x?: split behind; x
    Status repeat(std::size_t start) {
        const char kind = text_[position_++];
        if (kind == '+') return emit(Operation::split, distance(here(), start));
        TRY(put_before(start, Operation::split, distance(start, here() + (kind == '*' ? 2 : 1))));
        if (kind == '?') return {};
        return emit(Operation::jump, distance(here(), start));
    }

    Status atom(unsigned depth) {
        const char first = text_[position_++];
        switch (first) {
            case '(':
                TRY(alternatives(depth + 1));
                if (!accept(')')) return Error::invalid;
                return {};
            case '[': return set();
            case '.': return emit(Operation::any, 0);
            case '^': return emit(Operation::at_start, 0);
            case '$': return emit(Operation::at_end, 0);
            case '*':
            case '+':
            case '?':
            case '{': return Error::invalid;
            case '\\':
                if (at_end()) return Error::invalid;
                return character(text_[position_++]);
            default: return character(first);
        }
    }

    Status character(char one) { return emit(Operation::character, static_cast<unsigned char>(one)); }

    Status set() {
        Pattern::Set members{};
        const bool inverted = accept('^');
        for (bool first = true; first || !accept(']'); first = false) {
            if (at_end()) return Error::invalid;
            const auto low = static_cast<unsigned char>(text_[position_++]);
            auto high = low;
            if (position_ + 1 < text_.size() && peek() == '-' && text_[position_ + 1] != ']') {
                high = static_cast<unsigned char>(text_[position_ + 1]);
                position_ += 2;
            }
            if (high < low) return Error::invalid;
            for (unsigned c = low; c <= high; ++c) members[c / 64] |= std::uint64_t{1} << c % 64;
        }
        if (inverted) {
            for (std::uint64_t &word : members) word = ~word;
        }
        TRY(pattern_.sets_.push_back(members));
        return emit(Operation::set, static_cast<std::int16_t>(pattern_.sets_.size() - 1));
    }

    Pattern &pattern_;
    std::string_view text_;
    std::size_t position_ = 0;
};

Result<Pattern> Pattern::compile(std::string_view text) {
    if (text.size() > max_bytes) return Error::invalid;
    Pattern pattern;
    TRY(PatternParser(pattern, text).parse());
    return pattern;
}

}  // namespace axo::ds
