// The attributes of a vnode, from its file system or, for pipes, from VFS itself.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Fills `out`, which must live until the end. Errors: io.
sef::Async<Status> stat_node(Vfs &vfs, Ref<Vnode> vnode, abi::Stat *out);

}  // namespace axo::vfs
