// Drivers that come up and go (ref 5.6, D 15, 18-20, 24, 25, 30-32, 44 mended): the device map is filled by RS;
// recovery is started by the driver's own event in DS, and by nothing else.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// DS notified: takes all events it has.
void check_driver_events(Vfs &vfs);

/// A process with requests of ours died. If it was a driver, its open files give EIO from now on and
/// those that poll them look again; requests under way end by themselves with dead_peer.
void driver_died(Vfs &vfs, Endpoint driver);

}  // namespace axo::vfs
