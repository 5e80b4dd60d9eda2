// What VFS remembers of a file system's answers, and when that ends. It is only changed through
// VFS, by requests that report here when they were answered; each is answered, or its file system is dead.
#pragma once

#include "servers/vfs/file/vnode.hpp"

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

/// A request that changes names in a file system, from before it is sent until it was answered: what is remembered of
/// its names is not used meanwhile, since others may already have seen the change.
class NamesChange {
public:
    explicit NamesChange(FileSystem &file_system) : file_system_(&file_system) { ++file_system.changing; }
    NamesChange(const NamesChange &) = delete;
    NamesChange &operator=(const NamesChange &) = delete;
    ~NamesChange() { --file_system_->changing; }

private:
    FileSystem *file_system_;
};

/// A name came, went or moved: link counts and times of several inodes may have changed.
template <typename T>
void names_changed(FileSystem &file_system, const Result<T> &) {
    ++file_system.changes;
}

/// What has changed when a question is asked. The answer is worth remembering if that is still the same.
struct Moment {
    std::uint64_t names, vnode;

    static Moment of(const Vnode &about) { return {about.file_system->changes, about.changes}; }
    friend bool operator==(const Moment &, const Moment &) = default;
};

inline bool attributes_known(const Vnode &vnode) {
    if (!vnode.attributes_known || !vnode.file_system) return false;
    const FileSystem &names = *vnode.file_system;
    return names.remembers && names.changing == 0 && names.changes == vnode.name_changes_known && vnode.writing == 0 &&
           vnode.changes == vnode.changes_known;
}

inline void remember_attributes(Vnode &vnode, const Moment &asked, const abi::Stat &content) {
    if (!vnode.file_system->remembers || Moment::of(vnode) != asked) return;
    vnode.attributes = content;
    vnode.attributes_known = true;
    vnode.name_changes_known = asked.names;
    vnode.changes_known = asked.vnode;
}

}  // namespace axo::vfs
