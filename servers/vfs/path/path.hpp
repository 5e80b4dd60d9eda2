// Where a name leads: to a file, and to the mount through which it is seen. The same file may be seen in
// several places, with other things forbidden in each.
#pragma once

#include "servers/vfs/file/vnode.hpp"

namespace axo::vfs {

struct Mount;

struct Path {
    Ref<Mount> mount;  // null for anonymous pipes
    Ref<Vnode> vnode;

    Vnode &operator*() const { return *vnode; }
    Vnode *operator->() const { return vnode.get(); }
    explicit operator bool() const { return static_cast<bool>(vnode); }
    friend bool operator==(const Path &a, const Path &b) { return a.vnode == b.vnode && a.mount == b.mount; }
};

}  // namespace axo::vfs
