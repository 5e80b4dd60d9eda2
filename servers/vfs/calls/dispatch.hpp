// The table from Linux call numbers to handlers.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Decodes the arguments of the call, checks, acts. See outcome.hpp for what it returns.
using Handler = Outcome (*)(Vfs &vfs, Call &call);

/// Null if VFS has no such call.
Handler handler_of(unsigned number);

}  // namespace axo::vfs
