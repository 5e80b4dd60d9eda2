// Reading, writing, opening and closing pipes and FIFOs. Nothing here suspends: a call that must wait
// goes on the pipe's list and is issued again.
#pragma once

#include "servers/vfs/calls/io_list.hpp"
#include "servers/vfs/pipe/pipe.hpp"
#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

Outcome read_pipe(Vfs &vfs, Call &call, OpenFile &file, const IoList &io);
/// Errors: broken_pipe, and SIGPIPE to the process.
Outcome write_pipe(Vfs &vfs, Call &call, OpenFile &file, const IoList &io);

/// The poll events of one end that hold now.
std::uint16_t pipe_events(const OpenFile &file);

/// Counts `file` in as an end of its vnode's pipe, which is made when it is the first.
/// Errors: no_memory, no_device_address (a writer that may not wait, and no reader).
Status attach_pipe(Vfs &vfs, OpenFile &file);
/// The last descriptor of an end was closed.
void detach_pipe(Vfs &vfs, OpenFile &file);

/// True once the open of a FIFO need not wait any more for the other end.
/// `opens_before` is other_end_opens() when the wait began.
bool fifo_is_connected(const OpenFile &file, std::uint64_t opens_before);
std::uint64_t other_end_opens(const OpenFile &file);

}  // namespace axo::vfs
