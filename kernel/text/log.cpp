// log(). Text also goes to the debug ports at once, so that a crash loses none.
#include "kernel/text/log.hpp"

#include "kernel/kernel.hpp"
#include "kernel/text/format.hpp"

namespace axo::kernel {

void log_write(const char *text, std::size_t bytes) {
    the_kernel.log.ring.write(text, bytes);
    arch::debug_write(text, bytes);
    if (the_kernel.log.tells_readers) tell_log_readers();
}

void log(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    const std::size_t length = format_list(line, sizeof line, format, arguments);
    va_end(arguments);
    log_write(line, length);
}

}  // namespace axo::kernel
