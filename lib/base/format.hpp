// A printf for programs without a C library: %s %.*s %c %d %i %u %x %X %o %p %% with the lengths
// hh h l ll z, width (also *), '-', '0', '+', ' ', '#' and precision. No floating point.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <span>

namespace axo {

/// Writes at most out.size() - 1 characters and a NUL. Returns the characters written (without NUL);
/// what does not fit is cut off. An empty span takes nothing.
[[gnu::format(printf, 2, 3)]] std::size_t format(std::span<char> out, const char *pattern, ...);
[[gnu::format(printf, 2, 0)]] std::size_t format_list(std::span<char> out, const char *pattern, std::va_list arguments);

/// The length the whole text would have.
[[gnu::format(printf, 1, 0)]] std::size_t formatted_length(const char *pattern, std::va_list arguments);

}  // namespace axo
