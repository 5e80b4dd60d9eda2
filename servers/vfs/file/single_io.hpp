// A read or write of one buffer by one request: nearly all there are. One coroutine frame, where the
// general way (file_io.hpp, device_io.hpp) has one per layer.
#pragma once

#include "servers/vfs/device/device_io.hpp"

namespace axo::vfs {

/// Where in the file: at its position, or at a place of its own (pread and friends).
struct Position {
    bool own;
    std::uint64_t offset;
};

/// True if one request is all that reading or writing this file takes.
bool takes_one_request(const Call &call, const OpenFile &file, Direction direction);

/// Moves the buffer, which need not be prepared, as the outcome of the process' call. Only for files
/// of which takes_one_request says so. Errors: as move_file and move_characters; absent.
Outcome move_single(Vfs &vfs, Call &call, OpenFile &file, abi::IoVector part, Direction direction, Position position);

}  // namespace axo::vfs
