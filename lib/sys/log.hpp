// Text for the kernel log, and the end of a process that found itself broken.
#pragma once

#include <string_view>

namespace axo::sys {

/// One line, "name: text". Cut at 500 characters.
[[gnu::format(printf, 1, 2)]] void log(const char *pattern, ...);

/// Logs who, the text and a backtrace of return addresses, then ends the process.
[[noreturn, gnu::format(printf, 1, 2)]] void panic(const char *pattern, ...);

/// The name log() puts in front.
void set_log_name(std::string_view name);

}  // namespace axo::sys
