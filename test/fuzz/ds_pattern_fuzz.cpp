// sources: servers/ds/pattern.cpp servers/ds/pattern_match.cpp
// DS's patterns beside the C library's regular expressions: where both understand a pattern, they agree.
#include <regex.h>

#include "axo/ds_protocol.hpp"
#include "servers/ds/pattern.hpp"
#include "test/fuzz/fuzz.hpp"

namespace {

using namespace axo;

/// Patterns whose meaning POSIX defines, in a size the C library can bear.
bool comparable(std::string_view pattern, std::string_view key) {
    if (pattern.empty() || pattern.size() > 20 || key.size() > 20) return false;
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7f; };
    if (!std::ranges::all_of(pattern, plain) || !std::ranges::all_of(key, plain)) return false;
    if (pattern.find_first_of("{\\") != pattern.npos) return false;
    for (const std::string_view undefined : {"^*", "^+", "^?", "$*", "$+", "$?", "()", "(|", "||", "|)", "**",
                                             "*+", "*?", "+*", "++", "+?", "?*", "?+", "??", "[:", "[.", "[="})
        if (pattern.find(undefined) != pattern.npos) return false;
    return !pattern.starts_with('|') && !pattern.ends_with('|');
}

void compare(const ds::Pattern &pattern, const std::string &text, const std::string &key) {
    regex_t expected;
    if (regcomp(&expected, ("^(" + text + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) return;
    const bool matches = regexec(&expected, key.c_str(), 0, nullptr, 0) == 0;
    regfree(&expected);
    if (pattern.matches(key) != matches) std::fprintf(stderr, "pattern '%s', key '%s'\n", text.c_str(), key.c_str());
    fuzz::require(pattern.matches(key) == matches, "as the C library");
}

}  // namespace

std::vector<fuzz::Bytes> fuzz::seeds() {
    std::vector<Bytes> result;
    for (const auto &[pattern, key] : {std::pair("drv\\.vfs\\..*", "drv.vfs.hello"),
                                       {"a(b|c)*d+e?", "abcbdde"},
                                       {"[a-c^x]+[^0-9]$", "abx!"},
                                       {"^(ab|a)(c|bcd)$", "abcd"}})
        result.push_back(bytes_of(pattern + std::string(1, '\0') + key));
    return result;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::string_view all = input.take_text(size);
    const std::string text(all.substr(0, all.find('\0')));
    const std::string key(all.substr(std::min(all.size(), text.size() + 1)).substr(0, ds::key_max - 1));
    const auto pattern = ds::Pattern::compile(text);
    if (!pattern) {
        fuzz::require(pattern.error() == Error::invalid, "the error is invalid");
        return 0;
    }
    pattern->matches(key);
    pattern->matches(key);
    if (comparable(text, key)) compare(*pattern, text, key);
    return 0;
}
