// See bind.hpp.
#include "servers/vfs/mount/bind.hpp"

#include "lib/base/vector.hpp"
#include "servers/vfs/path/directory_path.hpp"

namespace axo::vfs {
namespace {

/// A mount and what is to be seen of it elsewhere. Both are held, so that nobody unmounts the first meanwhile.
struct Copy {
    Ref<Mount> original, copy;
};

/// Copies to be; what of them did not get into the tree leaves nothing.
class Copies {
public:
    Copies() = default;
    Copies(const Copies &) = delete;
    Copies &operator=(const Copies &) = delete;
    ~Copies() {
        for (const Copy &one : all_)
            if (!one.copy->in_tree && one.copy->covered) clear_place(one.copy->covered);
    }

    /// Errors: table_full, no_memory.
    Status add(Vfs &vfs, Ref<Mount> original, Ref<Vnode> root) {
        TRY(all_.reserve(all_.size() + 1));
        Ref<Mount> made = TRY(vfs.state.mounts.make(original->file_system, original->flags));
        made->root = std::move(root);
        return all_.push_back({std::move(original), std::move(made)});
    }
    /// The last that was added comes where its original is, as seen in `inside`. The file system there knows.
    void place_last(const Ref<Mount> &inside) {
        const Copy &last = all_.back();
        ++last.original->covered->marks;
        last.copy->covered = {inside, last.original->covered.vnode};
        last.copy->covered_in = last.original->covered_in;
    }
    /// Those inside the first follow it into the tree, but for what died meanwhile and what was inside of that.
    void attach_inner() {
        for (Copy &one : all_) {
            if (one.copy->in_tree || !one.original->in_tree || !one.copy->covered.mount->in_tree) continue;
            MountTable::attach(*one.copy);
        }
    }
    Mount *first() { return all_.front().copy.get(); }
    std::size_t size() const { return all_.size(); }
    const Copy &at(std::size_t index) const { return all_[index]; }
    bool has(const Mount &original) const {
        for (const Copy &one : all_)
            if (one.original.get() == &original) return true;
        return false;
    }

private:
    Vector<Copy> all_;
};

/// Copies what is mounted directly in one that is copied. Of the first, only what lies below its root is seen.
sef::Async<Status> copy_inside(Vfs &vfs, Copies *copies, std::size_t index) {
    const Ref<Mount> outer = copies->at(index).original, copy = copies->at(index).copy;
    for (std::size_t i = 0; i < MountTable::capacity; ++i) {
        Mount &found = vfs.state.mounts.all()[i];
        if (!found.in_tree || found.leaving || found.covered.mount != outer || copies->has(found)) continue;
        const Ref<Mount> inner(&found);
        if (copy->root != outer->root) {
            auto looking = lies_below(vfs, inner, copy->root);
            const Result<bool> below = co_await looking;
            if (!below) co_return below.error();
            if (!*below || !inner->in_tree) continue;
        }
        if (const Status added = copies->add(vfs, inner, inner->root); !added) co_return added;
        copies->place_last(copy);
    }
    co_return Status{};
}

bool is_written_through(Vfs &vfs, const Mount &mount) {
    for (const OpenFile &file : vfs.state.files.all()) {
        if (file.mount.get() == &mount && file.writes_there()) return true;
    }
    return false;
}

}  // namespace

sef::Async<Status> bind_mount(Vfs &vfs, Ref<Call> call, Path source, MountPlace place, Inner inner) {
    if (!source.mount->in_tree || source.mount->file_system->gone) co_return Error::invalid;
    if (const Status possible = check_place(place.path, source->mode); !possible) co_return possible;
    Copies copies;
    if (const Status added = copies.add(vfs, source.mount, source.vnode); !added) co_return added;
    for (std::size_t i = 0; inner == Inner::bound_too && i < copies.size(); ++i) {
        auto copying = copy_inside(vfs, &copies, i);
        const Status copied = co_await copying;
        if (!copied) co_return copied;
    }
    auto attaching = attach_at(copies.first(), &place, call.get());
    const Status attached = co_await attaching;
    if (attached) copies.attach_inner();
    co_return attached;
}

Status set_mount_flags(Vfs &vfs, Mount &mount, std::uint64_t flags) {
    const bool forbids_writing = (flags & mount_flag::read_only) != 0 && !mount.has(mount_flag::read_only);
    if (mount.leaving || (forbids_writing && is_written_through(vfs, mount))) return Error::busy;
    mount.flags = flags;
    return {};
}

}  // namespace axo::vfs
