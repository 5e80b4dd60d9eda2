// A driver says that it is there: upper layers that used a predecessor recover on this event.
#pragma once

#include "axo/error.hpp"
#include "axo/rs_protocol.hpp"

namespace axo::driver {

/// Publishes "drv.vfs.<label>" = 1. To be called when requests can be served. After a restart, who is
/// blocked on this process with requests for the predecessor is released first; after a live update
/// nothing happens, since nobody has to recover. Errors: those of DS.
Status announce(rs::InitKind kind);

}  // namespace axo::driver
