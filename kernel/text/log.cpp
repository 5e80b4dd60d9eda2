// The log ring and log(). Text also goes to the debug ports at once, so that a crash loses none.
#include "kernel/text/log.hpp"

#include "kernel/text/format.hpp"

namespace axo::kernel {
namespace {

LogRing ring;
void (*on_log)() = nullptr;

}  // namespace

void LogRing::write(const char *text, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) text_[(end_ + i) % size] = text[i];
    end_ += bytes;
}

LogRing::Read LogRing::read(std::uint64_t position, std::span<char> out) const {
    const std::uint64_t oldest = end_ > size ? end_ - size : 0;
    if (position < oldest) position = oldest;
    if (position > end_) position = end_;
    std::size_t bytes = 0;
    for (; bytes < out.size() && position + bytes < end_; ++bytes) out[bytes] = text_[(position + bytes) % size];
    return {bytes, position + bytes};
}

LogRing &log_ring() { return ring; }

void set_log_listener(void (*listener)()) { on_log = listener; }

void log_write(const char *text, std::size_t bytes) {
    ring.write(text, bytes);
    arch::debug_write(text, bytes);
    if (on_log != nullptr) on_log();
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
