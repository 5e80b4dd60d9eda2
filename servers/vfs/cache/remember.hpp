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

/// While a write or cut is under way nobody can tell from here how long the file is.
inline bool size_is_known(const Vnode &vnode) { return vnode.size_known && vnode.writing == 0; }

/// A request that writes to the file or cuts it, from before it is sent until it was answered. Of two that overlap
/// nobody knows which came last.
class ContentChange {
public:
    explicit ContentChange(Ref<Vnode> vnode)
        : vnode_(std::move(vnode)), before_(vnode_->content_changes), alone_(vnode_->writing == 0) {
        ++vnode_->writing;
    }
    ContentChange(const ContentChange &) = delete;
    ContentChange &operator=(const ContentChange &) = delete;
    ~ContentChange() { end(); }

    template <typename T>
    void answered(const Result<T> &answer, std::uint64_t size) {
        const bool undisturbed = alone_ && vnode_->writing == 1 && vnode_->content_changes == before_;
        content_written(*vnode_, answer);
        vnode_->size_known = undisturbed && answer;
        if (answer) vnode_->size = size;
        end();
    }

private:
    void end() {
        if (!vnode_) return;
        --vnode_->writing;
        vnode_.reset();
    }

    Ref<Vnode> vnode_;
    std::uint64_t before_;
    bool alone_;
};

/// A request that changes names in a mount, from before it is sent until it was answered: what is remembered of the
/// mount's names is not used meanwhile, since others may already have seen the change.
class NamesChange {
public:
    explicit NamesChange(Mount &mount) : mount_(&mount) { ++mount.changing; }
    NamesChange(const NamesChange &) = delete;
    NamesChange &operator=(const NamesChange &) = delete;
    ~NamesChange() { --mount_->changing; }

private:
    Mount *mount_;
};

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
    return vnode.attributes_known && vnode.mount != nullptr && vnode.mount->remembers && vnode.mount->changing == 0 &&
           vnode.writing == 0 && vnode.mount->changes == vnode.mount_changes_known &&
           vnode.changes == vnode.changes_known;
}

inline void remember_attributes(Vnode &vnode, const Moment &asked, const abi::Stat &content) {
    if (!vnode.mount->remembers || Moment::of(vnode) != asked) return;
    vnode.attributes = content;
    vnode.attributes_known = true;
    vnode.mount_changes_known = asked.mount;
    vnode.changes_known = asked.vnode;
}

}  // namespace axo::vfs
