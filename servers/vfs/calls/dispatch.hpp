// The table from Linux call numbers to handlers.
#pragma once

#include <array>

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Decodes the arguments of the call, checks, acts. See outcome.hpp for what it returns.
using Handler = Outcome (*)(Vfs &vfs, Call &call);

namespace detail {
inline constexpr unsigned handler_count = 448;
extern const std::array<Handler, handler_count> handlers;
}  // namespace detail

/// Null if VFS has no such call.
inline Handler handler_of(unsigned number) {
    return number < detail::handler_count ? detail::handlers[number] : nullptr;
}

}  // namespace axo::vfs
