// printf for the kernel: %s %.*s %c %d %i %u %x %X %p %%, with l ll z lengths, flags 0 - # and a width. Needs no
// memory beyond the buffer and no C library.
#pragma once

#include <cstdarg>
#include <cstddef>

namespace axo::kernel {

/// Writes at most `size - 1` characters and a NUL; returns how many characters it wrote, without the NUL.
[[gnu::format(printf, 3, 0)]] std::size_t format_list(char *buffer, std::size_t size, const char *format,
                                                      va_list arguments);
[[gnu::format(printf, 3, 4)]] std::size_t format_to(char *buffer, std::size_t size, const char *format, ...);

}  // namespace axo::kernel
