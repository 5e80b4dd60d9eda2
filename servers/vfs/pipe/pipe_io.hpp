// Opening pipes and FIFOs; reading, writing and closing them is in pipe_operations. Nothing there suspends:
// a call that must wait goes on the pipe's list and is issued again.
#pragma once

#include "servers/vfs/file/operations.hpp"
#include "servers/vfs/pipe/pipe.hpp"

namespace axo::vfs {

/// Counts `file` in as an end of its vnode's pipe, which is made when it is the first.
/// Errors: no_memory, table_full (`who` is not root, and pipes have all the memory they may), no_device_address (a
/// writer that may not wait, and no reader).
Status attach_pipe(Vfs &vfs, OpenFile &file, const Credentials &who);
/// The last descriptor of an end was closed.
void detach_pipe(Vfs &vfs, OpenFile &file);

}  // namespace axo::vfs
