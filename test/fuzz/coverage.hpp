// Which code an input reached, and with which constants the code compared: the compiler calls hooks in
// coverage.cpp (-fsanitize-coverage=trace-pc,trace-cmp) from everything that is compiled with them.
#pragma once

#include <cstdint>
#include <span>

namespace fuzz::coverage {

/// Forgets what the last input did.
void start();
/// True if the code since start() took a way, or took one more often (by powers of two), that none did before.
bool found_new();
/// Numbers that the code compared its input with, newest overwriting oldest.
std::span<const std::uint64_t> compared();

}  // namespace fuzz::coverage
