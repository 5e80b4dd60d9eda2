// The table from Linux call numbers to handlers.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Decodes the arguments in process.call, checks, acts. See outcome.hpp for what it returns.
using Handler = Outcome (*)(Vfs &vfs, Process &process);

/// Null if VFS has no such call.
Handler handler_of(unsigned number);

}  // namespace axo::vfs
