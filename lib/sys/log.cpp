// Lines for the kernel log, and panic.
#include "lib/sys/log.hpp"

#include <cstdarg>

#include "lib/base/fixed_string.hpp"
#include "lib/base/format.hpp"
#include "lib/sys/context.hpp"
#include "lib/sys/kernel.hpp"

namespace axo {

namespace {

void put_line(const char *kind, const char *pattern, std::va_list arguments) {
    char line[512];
    const std::string_view name = sys::context().log_name.view();
    std::size_t length = format(line, "%.*s: %s", static_cast<int>(name.size()), name.data(), kind);
    length += format_list({line + length, sizeof line - 1 - length}, pattern, arguments);
    if (line[length - 1] != '\n') line[length++] = '\n';
    static_cast<void>(sys::diagnostics({line, length}));
}

// Frames are linked through rbp (the code is built with frame pointers); user addresses only.
void put_backtrace() {
    struct Frame {
        const Frame *next;
        std::uint64_t return_address;
    };
    const auto *frame = static_cast<const Frame *>(__builtin_frame_address(0));
    for (int depth = 0; depth < 16 && frame != nullptr && reinterpret_cast<std::uint64_t>(frame) % 8 == 0; ++depth) {
        if (frame->return_address == 0) break;
        char line[32];
        const std::size_t length = format(line, "  at %lx\n", frame->return_address);
        static_cast<void>(sys::diagnostics({line, length}));
        if (frame->next <= frame) break;  // the stack grows down: callers lie above
        frame = frame->next;
    }
}

}  // namespace

namespace sys {

void set_log_name(std::string_view name) { context().log_name = Label::cut(name); }

void log(const char *pattern, ...) {
    std::va_list arguments;
    va_start(arguments, pattern);
    put_line("", pattern, arguments);
    va_end(arguments);
}

void panic(const char *pattern, ...) {
    std::va_list arguments;
    va_start(arguments, pattern);
    put_line("panic: ", pattern, arguments);
    va_end(arguments);
    put_backtrace();
    exit(1);
}

}  // namespace sys

}  // namespace axo
