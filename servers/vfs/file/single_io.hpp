// A read or write of one buffer of a regular file by one request: nearly all there are. One coroutine
// frame, where the general way (file_io.hpp) has one per layer.
#pragma once

#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {

/// Moves the only part of call.io, which need not be prepared, as the outcome of the call. Errors: as move_file;
/// absent.
Outcome move_single(Vfs &vfs, Call &call, OpenFile &file, Direction direction, Position position);

}  // namespace axo::vfs
