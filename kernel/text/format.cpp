// The formatter: one pass over the format, one conversion at a time.
#include "kernel/text/format.hpp"

#include <cstdint>

namespace axo::kernel {
namespace {

class Output {
public:
    Output(char *buffer, std::size_t size) : buffer_(buffer), size_(size) {}
    void put(char c) {
        if (length_ + 1 < size_) buffer_[length_++] = c;
    }
    void repeat(char c, std::size_t count) {
        for (; count > 0; --count) put(c);
    }
    std::size_t finish() {
        if (size_ > 0) buffer_[length_] = 0;
        return length_;
    }

private:
    char *buffer_;
    std::size_t size_, length_ = 0;
};

struct Conversion {
    bool left = false, zeros = false, prefixed = false;
    std::size_t width = 0;
    std::size_t precision = ~std::size_t{0};
    unsigned longs = 0;  // l: 1, ll: 2, z: 1
    char kind = 0;
};

std::size_t read_number(const char *&format, va_list &arguments) {
    if (*format == '*') {
        ++format;
        const int value = va_arg(arguments, int);
        return value < 0 ? 0 : static_cast<std::size_t>(value);
    }
    std::size_t value = 0;
    for (; *format >= '0' && *format <= '9'; ++format) value = value * 10 + static_cast<std::size_t>(*format - '0');
    return value;
}

Conversion read_conversion(const char *&format, va_list &arguments) {
    Conversion conversion;
    for (;; ++format) {
        if (*format == '-')
            conversion.left = true;
        else if (*format == '0')
            conversion.zeros = true;
        else if (*format == '#')
            conversion.prefixed = true;
        else
            break;
    }
    conversion.width = read_number(format, arguments);
    if (*format == '.') conversion.precision = read_number(++format, arguments);
    for (; *format == 'l' || *format == 'z'; ++format) ++conversion.longs;
    conversion.kind = *format;
    if (*format != 0) ++format;
    return conversion;
}

void put_padded(Output &out, const Conversion &conversion, const char *text, std::size_t length) {
    const std::size_t padding = conversion.width > length ? conversion.width - length : 0;
    if (!conversion.left) out.repeat(' ', padding);
    for (std::size_t i = 0; i < length; ++i) out.put(text[i]);
    if (conversion.left) out.repeat(' ', padding);
}

void put_number(Output &out, const Conversion &conversion, std::uint64_t value, unsigned base, const char *prefix) {
    const char *const digits = conversion.kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[24];
    std::size_t first = sizeof text;
    do {
        text[--first] = digits[value % base];
        value /= base;
    } while (value != 0);
    std::size_t prefix_length = 0;
    while (prefix[prefix_length] != 0) ++prefix_length;
    if (conversion.zeros && !conversion.left) {
        for (std::size_t i = 0; i < prefix_length; ++i) out.put(prefix[i]);
        const std::size_t length = sizeof text - first + prefix_length;
        out.repeat('0', conversion.width > length ? conversion.width - length : 0);
        for (; first < sizeof text; ++first) out.put(text[first]);
        return;
    }
    for (std::size_t i = prefix_length; i > 0; --i) text[--first] = prefix[i - 1];
    put_padded(out, conversion, text + first, sizeof text - first);
}

void put_signed(Output &out, const Conversion &conversion, std::int64_t value) {
    const bool negative = value < 0;
    const std::uint64_t magnitude =
        negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
    put_number(out, conversion, magnitude, 10, negative ? "-" : "");
}

void put_string(Output &out, const Conversion &conversion, const char *text) {
    if (text == nullptr) text = "(null)";
    std::size_t length = 0;
    while (length < conversion.precision && text[length] != 0) ++length;
    put_padded(out, conversion, text, length);
}

void put_conversion(Output &out, const Conversion &conversion, va_list &arguments) {
    switch (conversion.kind) {
        case 's': return put_string(out, conversion, va_arg(arguments, const char *));
        case 'c': return out.put(static_cast<char>(va_arg(arguments, int)));
        case 'd':
        case 'i':
            if (conversion.longs > 0) return put_signed(out, conversion, va_arg(arguments, long));
            return put_signed(out, conversion, va_arg(arguments, int));
        case 'u':
        case 'x':
        case 'X': {
            const unsigned base = conversion.kind == 'u' ? 10 : 16;
            const char *const prefix = conversion.prefixed && base == 16 ? "0x" : "";
            if (conversion.longs > 0)
                return put_number(out, conversion, va_arg(arguments, unsigned long), base, prefix);
            return put_number(out, conversion, va_arg(arguments, unsigned), base, prefix);
        }
        case 'p':
            return put_number(out, conversion, reinterpret_cast<std::uintptr_t>(va_arg(arguments, void *)), 16, "0x");
        case '%': return out.put('%');
        default: return put_string(out, conversion, "<bad format>");
    }
}

}  // namespace

std::size_t format_list(char *buffer, std::size_t size, const char *format, va_list arguments) {
    va_list rest;
    va_copy(rest, arguments);
    Output out(buffer, size);
    while (*format != 0) {
        const char c = *format++;
        if (c != '%') {
            out.put(c);
            continue;
        }
        const Conversion conversion = read_conversion(format, rest);
        put_conversion(out, conversion, rest);
    }
    va_end(rest);
    return out.finish();
}

std::size_t format_to(char *buffer, std::size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const std::size_t length = format_list(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

}  // namespace axo::kernel
