// Mounting what the system starts with.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Mounts the root from the boot RAM disk tmpfs on /tmp and procfs on /proc; then ExecFirst may go on.
sef::Task boot(Vfs &vfs);

}  // namespace axo::vfs
