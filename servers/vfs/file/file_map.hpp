// Files that VM keeps pages or mappings of: VFS keeps their vnode until VM releases them.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Keeps the vnode for VM: once per successful MapFile and ExecBuild, so that a release that crosses one
/// of them leaves its hold.
void hold_for_vm(Vnode &vnode);
/// Gives holds back; with the last the vnode is VFS's own again. More than there are count as all.
void release_from_vm(Vnode &vnode, std::uint64_t holds);

}  // namespace axo::vfs
