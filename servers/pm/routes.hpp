// Which server a Linux call number goes to: the route table that PM gives to the kernel at its start. Numbers nobody
// implements have no route, and the kernel answers ENOSYS. docs/syscalls.md describes each; a test compares.
#pragma once

#include <array>
#include <span>

#include "axo/kernel_call.hpp"

namespace axo::pm {

/// Call numbers the kernel routes: Linux' and our own.
inline constexpr unsigned call_numbers = 0x200;

/// The whole table, sorted by number.
std::span<const Route> routes();

/// The numbers PM serves, sorted.
std::span<const std::uint16_t> own_calls();

}  // namespace axo::pm
