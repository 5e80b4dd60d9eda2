// What VFS remembers of a file system's answers, and when that ends. A mount is only changed through
// VFS, by requests that report here when they were answered; each is answered, or its file system is dead.
#pragma once

#include "servers/vfs/mount/mount.hpp"

namespace axo::vfs {

/// A request about this inode's content, times, mode or owner was answered.
template <typename T>
void node_changed(Vnode &vnode, const Result<T> &) {
    ++vnode.changes;
}

/// A request that writes to the file or cuts it was answered.
template <typename T>
void content_written(Vnode &vnode, const Result<T> &answer) {
    ++vnode.content_changes;
    node_changed(vnode, answer);
}

/// A name came, went or moved: link counts and times of several inodes may have changed.
template <typename T>
void names_changed(Mount &mount, const Result<T> &) {
    ++mount.changes;
}

/// What has changed when a question is asked. The answer is worth remembering if that is still the same.
struct Moment {
    std::uint64_t mount, vnode;

    static Moment of(const Vnode &about) { return {about.mount->changes, about.changes}; }
    friend bool operator==(const Moment &, const Moment &) = default;
};

inline bool attributes_known(const Vnode &vnode) {
    return vnode.attributes_known && vnode.mount != nullptr && vnode.mount->remembers &&
           vnode.mount->changes == vnode.mount_changes_known && vnode.changes == vnode.changes_known;
}

inline void remember_attributes(Vnode &vnode, const Moment &asked, const abi::Stat &content) {
    if (!vnode.mount->remembers || Moment::of(vnode) != asked) return;
    vnode.attributes = content;
    vnode.attributes_known = true;
    vnode.mount_changes_known = asked.mount;
    vnode.changes_known = asked.vnode;
}

}  // namespace axo::vfs
