// Files that VM keeps pages or mappings of: VFS keeps their vnode until VM releases them.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Keeps the vnode for VM: once per successful MapFile and ExecBuild, so that a release that crosses one
/// of them leaves its hold. `access_time`: the rule for the pages that VM reads, of the mount where it is seen.
void hold_for_vm(Vnode &vnode, std::uint32_t access_time);
/// The file may have lost its last name: VM, if it has it, keeps its pages no longer than its mappings. Comes behind
/// the message with which VM got it.
void tell_vm_if_removed(const Vnode &vnode);
/// Gives holds back; with the last the vnode is VFS's own again. More than there are count as all.
void release_from_vm(Vnode &vnode, std::uint64_t holds);

}  // namespace axo::vfs
