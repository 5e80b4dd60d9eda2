// The formatter behind logs and texts. Output goes to a sink that counts what does not fit.
#include "lib/base/format.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

namespace axo {

namespace {

class Sink {
public:
    explicit Sink(std::span<char> out) : out_(out) {}

    void put(char one) {
        if (length_ + 1 < out_.size()) out_[length_] = one;
        ++length_;
    }
    void put(const char *text, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) put(text[i]);
    }
    void fill(char one, std::size_t count) {
        for (; count != 0; --count) put(one);
    }

    std::size_t length() const { return length_; }
    std::size_t finish() {
        if (out_.empty()) return 0;
        const std::size_t kept = length_ < out_.size() ? length_ : out_.size() - 1;
        out_[kept] = '\0';
        return kept;
    }

private:
    std::span<char> out_;
    std::size_t length_ = 0;
};

enum class Size { character, half, word, quad };

struct Specification {
    bool left = false, zero = false, plus = false, space = false, alternate = false;
    bool has_precision = false;
    std::size_t width = 0, precision = 0;
    Size size = Size::word;
};

void put_padded(Sink &sink, const Specification &spec, const char *prefix, const char *digits, std::size_t count) {
    const std::size_t prefix_length = std::strlen(prefix);
    std::size_t zeros = spec.has_precision && spec.precision > count ? spec.precision - count : 0;
    const std::size_t shown = prefix_length + zeros + count;
    std::size_t padding = spec.width > shown ? spec.width - shown : 0;
    if (spec.zero && !spec.left && !spec.has_precision) zeros += std::exchange(padding, 0);
    if (!spec.left) sink.fill(' ', padding);
    sink.put(prefix, prefix_length);
    sink.fill('0', zeros);
    sink.put(digits, count);
    if (spec.left) sink.fill(' ', padding);
}

void put_number(Sink &sink, const Specification &spec, std::uint64_t value, unsigned base, const char *prefix,
                const char *alphabet) {
    char digits[24];
    std::size_t first = sizeof digits;
    for (; value != 0; value /= base) digits[--first] = alphabet[value % base];
    if (first == sizeof digits && !(spec.has_precision && spec.precision == 0)) digits[--first] = '0';
    put_padded(sink, spec, prefix, digits + first, sizeof digits - first);
}

void put_text(Sink &sink, const Specification &spec, const char *text) {
    if (text == nullptr) text = "(null)";
    std::size_t length = 0;
    while ((!spec.has_precision || length < spec.precision) && text[length] != '\0') ++length;
    const std::size_t padding = spec.width > length ? spec.width - length : 0;
    if (!spec.left) sink.fill(' ', padding);
    sink.put(text, length);
    if (spec.left) sink.fill(' ', padding);
}

// The arguments in a struct, because a va_list passed by value is not advanced for the caller.
struct Arguments {
    std::va_list list;

    std::int64_t signed_of(Size size) {
        switch (size) {
            case Size::quad: return va_arg(list, std::int64_t);
            case Size::half: return static_cast<std::int16_t>(va_arg(list, int));
            case Size::character: return static_cast<signed char>(va_arg(list, int));
            case Size::word: break;
        }
        return va_arg(list, int);
    }
    std::uint64_t unsigned_of(Size size) {
        switch (size) {
            case Size::quad: return va_arg(list, std::uint64_t);
            case Size::half: return static_cast<std::uint16_t>(va_arg(list, unsigned));
            case Size::character: return static_cast<unsigned char>(va_arg(list, unsigned));
            case Size::word: break;
        }
        return va_arg(list, unsigned);
    }
};

std::size_t read_count(const char *&at, Arguments &arguments, bool &negative) {
    if (*at == '*') {
        ++at;
        const int value = va_arg(arguments.list, int);
        negative = value < 0;
        return static_cast<std::size_t>(negative ? -static_cast<std::int64_t>(value) : value);
    }
    std::size_t count = 0;
    for (; *at >= '0' && *at <= '9'; ++at) count = count * 10 + static_cast<std::size_t>(*at - '0');
    return count;
}

Specification read_specification(const char *&at, Arguments &arguments) {
    Specification spec;
    for (;; ++at) {
        if (*at == '-')
            spec.left = true;
        else if (*at == '0')
            spec.zero = true;
        else if (*at == '+')
            spec.plus = true;
        else if (*at == ' ')
            spec.space = true;
        else if (*at == '#')
            spec.alternate = true;
        else
            break;
    }
    bool negative = false;
    spec.width = read_count(at, arguments, negative);
    if (negative) spec.left = true;
    if (*at == '.') {
        ++at;
        negative = false;
        spec.precision = read_count(at, arguments, negative);
        spec.has_precision = !negative;
    }
    for (;; ++at) {
        if (*at == 'l' || *at == 'z' || *at == 'j' || *at == 't')
            spec.size = Size::quad;
        else if (*at == 'h')
            spec.size = spec.size == Size::half ? Size::character : Size::half;
        else
            break;
    }
    return spec;
}

void put_signed(Sink &sink, const Specification &spec, std::int64_t value) {
    const char *sign = value < 0 ? "-" : spec.plus ? "+" : spec.space ? " " : "";
    const auto raw = static_cast<std::uint64_t>(value);
    put_number(sink, spec, value < 0 ? 0 - raw : raw, 10, sign, "0123456789");
}

void put_conversion(Sink &sink, const Specification &spec, char conversion, Arguments &arguments) {
    constexpr const char *lower = "0123456789abcdef", *upper = "0123456789ABCDEF";
    switch (conversion) {
        case 'd':
        case 'i': return put_signed(sink, spec, arguments.signed_of(spec.size));
        case 'u': return put_number(sink, spec, arguments.unsigned_of(spec.size), 10, "", lower);
        case 'o': return put_number(sink, spec, arguments.unsigned_of(spec.size), 8, spec.alternate ? "0" : "", lower);
        case 'x':
            return put_number(sink, spec, arguments.unsigned_of(spec.size), 16, spec.alternate ? "0x" : "", lower);
        case 'X':
            return put_number(sink, spec, arguments.unsigned_of(spec.size), 16, spec.alternate ? "0X" : "", upper);
        case 'p': return put_number(sink, spec, arguments.unsigned_of(Size::quad), 16, "0x", lower);
        case 's': return put_text(sink, spec, va_arg(arguments.list, const char *));
        case 'c': {
            const char one[2] = {static_cast<char>(va_arg(arguments.list, int)), '\0'};
            return put_padded(sink, {.left = spec.left, .width = spec.width}, "", one, 1);
        }
        default: sink.put('%'); sink.put(conversion);
    }
}

void run(Sink &sink, const char *pattern, std::va_list list) {
    Arguments arguments;
    va_copy(arguments.list, list);
    for (const char *at = pattern; *at != '\0'; ++at) {
        if (*at != '%') {
            sink.put(*at);
            continue;
        }
        if (*++at == '%') {
            sink.put('%');
            continue;
        }
        const Specification spec = read_specification(at, arguments);
        if (*at == '\0') break;
        put_conversion(sink, spec, *at, arguments);
    }
    va_end(arguments.list);
}

}  // namespace

std::size_t format_list(std::span<char> out, const char *pattern, std::va_list arguments) {
    Sink sink(out);
    run(sink, pattern, arguments);
    return sink.finish();
}

std::size_t formatted_length(const char *pattern, std::va_list arguments) {
    Sink sink({});
    run(sink, pattern, arguments);
    return sink.length();
}

std::size_t format(std::span<char> out, const char *pattern, ...) {
    std::va_list arguments;
    va_start(arguments, pattern);
    const std::size_t length = format_list(out, pattern, arguments);
    va_end(arguments);
    return length;
}

}  // namespace axo
