// Files that VM keeps pages or mappings of: VFS keeps their vnode until VM releases them.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Keeps the vnode for VM. Once is enough however often VM maps it.
void hold_for_vm(Vnode &vnode);
/// VM holds no page and no mapping any more.
void release_from_vm(Vnode &vnode);

}  // namespace axo::vfs
