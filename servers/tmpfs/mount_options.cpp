// Parsing key=value,key=value.
#include "servers/tmpfs/mount_options.hpp"

#include "axo/types.hpp"

namespace axo::tmpfs {

namespace {

struct Number {
    std::uint64_t value;
    std::string_view rest;  // behind the digits
};

Result<Number> parse_number(std::string_view text, unsigned base) {
    std::uint64_t value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] < static_cast<char>('0' + base)) {
        if (value > ~std::uint64_t{0} / base - 1) return Error::invalid;
        value = value * base + static_cast<unsigned>(text[digits++] - '0');
    }
    if (digits == 0) return Error::invalid;
    return Number{value, {text.data() + digits, text.size() - digits}};
}

Result<std::uint32_t> parse_plain(std::string_view text, unsigned base) {
    const Number number = TRY(parse_number(text, base));
    if (!number.rest.empty() || number.value > ~std::uint32_t{0}) return Error::invalid;
    return static_cast<std::uint32_t>(number.value);
}

/// Bytes with k, m or g behind them, or a percentage of the machine's memory.
Result<std::size_t> parse_size(std::string_view text, std::size_t default_pages) {
    const Number number = TRY(parse_number(text, 10));
    const std::string_view unit = number.rest;
    unsigned shift = 0;
    if (unit == "%") {
        if (number.value > 100) return Error::invalid;
        return default_pages * 2 * number.value / 100;
    }
    if (unit == "k" || unit == "K")
        shift = 10;
    else if (unit == "m" || unit == "M")
        shift = 20;
    else if (unit == "g" || unit == "G")
        shift = 30;
    else if (!unit.empty())
        return Error::invalid;
    if (number.value > ~std::uint64_t{0} >> (shift + 1)) return Error::invalid;
    return ((number.value << shift) + page_size - 1) / page_size;
}

Status parse_one(std::string_view option, std::size_t default_pages, MountOptions &options) {
    std::size_t key_bytes = 0;
    while (key_bytes < option.size() && option[key_bytes] != '=') ++key_bytes;
    if (key_bytes == option.size()) return {};
    const std::string_view key(option.data(), key_bytes);
    const std::string_view value(option.data() + key_bytes + 1, option.size() - key_bytes - 1);
    if (key == "size") options.pages = TRY(parse_size(value, default_pages));
    if (key == "mode") options.mode = TRY(parse_plain(value, 8)) & 07777;
    if (key == "uid") options.uid = TRY(parse_plain(value, 10));
    if (key == "gid") options.gid = TRY(parse_plain(value, 10));
    return {};
}

}  // namespace

Result<MountOptions> parse_options(std::string_view text, std::size_t default_pages) {
    MountOptions options{.pages = default_pages};
    std::size_t start = 0;
    while (start < text.size()) {
        std::size_t end = start;
        while (end < text.size() && text[end] != ',') ++end;
        TRY(parse_one({text.data() + start, end - start}, default_pages, options));
        start = end + 1;
    }
    return options;
}

}  // namespace axo::tmpfs
