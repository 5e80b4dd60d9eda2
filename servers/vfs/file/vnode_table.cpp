// See vnode_table.hpp.
#include "servers/vfs/file/vnode_table.hpp"

#include "lib/base/owned.hpp"
#include "servers/vfs/file/file_map.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/mount/mount.hpp"

namespace axo::vfs {

void Vnode::unreferenced() { table->became_unused(*this); }

Vnode *VnodeTable::find(const FileSystem &file_system, std::uint64_t inode) {
    for (Vnode &vnode : bucket(file_system.number, inode)) {
        if (vnode.inode == inode && vnode.file_system.get() == &file_system) return &vnode;
    }
    return nullptr;
}

Vnode *VnodeTable::find(const vm::FileId &file) {
    for (Vnode &vnode : bucket(file.file_system, file.inode)) {
        if (vnode.file_id() == file) return &vnode;
    }
    return nullptr;
}

Result<Ref<Vnode>> VnodeTable::adopt(FileSystem &file_system, const fs::NodeInfo &info, News news) {
    Vnode *vnode = find(file_system, info.inode);
    if (vnode != nullptr) {
        learn(*vnode, info, news);
    } else {
        const Result<Vnode *> made = create<Vnode>(arena_heap(), *this);
        if (!made) {
            release_node(file_system.server, info.inode, 1);
            return made.error();
        }
        vnode = *made;
        vnode->file_system = Ref<FileSystem>(&file_system);
        vnode->inode = info.inode;
        bucket(file_system.number, info.inode).push_back(*vnode);
        ++total_;
        vnode->take(info);
        vnode->perhaps_old = news == News::perhaps_old;
        vnode->size_known = news == News::current;
    }
    ++vnode->holds;
    return use(*vnode);
}

/// How long the file is VFS knows from its own writes, whose answers may have overtaken this one.
void VnodeTable::learn(Vnode &vnode, const fs::NodeInfo &info, News news) {
    if (news == News::perhaps_old && vnode.file_system->remembers) return;
    const std::uint64_t size = vnode.size;
    vnode.take(info);
    if (vnode.file_system->remembers) vnode.size = size;
    vnode.perhaps_old = false;
}

Ref<Vnode> VnodeTable::use(Vnode &vnode) {
    if (vnode.idle_node.linked()) {
        vnode.idle_node.unlink();
        --idle_;
    }
    return Ref<Vnode>(&vnode);
}

Result<Ref<Vnode>> VnodeTable::make_anonymous(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid) {
    Vnode *vnode = TRY(create<Vnode>(arena_heap(), *this));
    vnode->inode = next_anonymous_++;
    vnode->mode = mode;
    vnode->uid = uid;
    vnode->gid = gid;
    vnode->links = 1;
    ++total_;
    return Ref<Vnode>(vnode);
}

void VnodeTable::became_unused(Vnode &vnode) {
    if (vnode.size == 0 && !vnode.link_target.empty()) vnode.link_target = String();  // of no use to the next reader
    ++idle_;
    idle_list_.push_back(vnode);
    if (!vnode.file_system || vnode.file_system->gone || vnode.links == 0 || vnode.perhaps_old) {
        evict(vnode);
    } else if (idle_ > idle_max) {
        evict(*idle_list_.front());
    }
}

void VnodeTable::unlinked(const FileSystem &file_system, std::uint64_t inode, std::uint64_t links_left) {
    Vnode *vnode = find(file_system, inode);
    if (vnode == nullptr) return;
    vnode->links = static_cast<std::uint32_t>(links_left);
    tell_vm_if_removed(*vnode);
    if (links_left == 0 && vnode->references == 0) evict(*vnode);
}

bool VnodeTable::evict_all(const FileSystem &file_system, const Mount *last) {
    bool clean = true;
    for (Bucket &list : buckets_) {
        for (Vnode *vnode = list.front(); vnode != nullptr;) {
            Vnode *const next = list.next(*vnode);
            if (vnode->file_system.get() == &file_system) {
                const std::uint32_t held = (vnode == file_system.root.get() ? 1u : 0u) +
                                           (last != nullptr && vnode == last->root.get() ? 1u : 0u);
                clean = clean && vnode->references == held;
                if (vnode->references == 0) evict(*vnode);
            }
            vnode = next;
        }
    }
    return clean;
}

Vnode *VnodeTable::kept_by_vm(const FileSystem &file_system, std::uint64_t after) {
    Vnode *lowest = nullptr;
    for (Bucket &list : buckets_) {
        for (Vnode &vnode : list) {
            if (vnode.file_system.get() != &file_system || vnode.vm_holds == 0 || vnode.inode <= after) continue;
            if (lowest == nullptr || vnode.inode < lowest->inode) lowest = &vnode;
        }
    }
    return lowest;
}

void VnodeTable::forget_all(const FileSystem &file_system) {
    evict_all(file_system, nullptr);
    for (Bucket &list : buckets_) {
        for (Vnode &vnode : list) {
            if (vnode.file_system.get() != &file_system) continue;
            names_.forget(vnode);
            pieces_.forget(vnode);
            vnode.attributes_known = false;
        }
    }
}

void VnodeTable::evict(Vnode &vnode) {
    names_.forget(vnode);
    pieces_.forget(vnode);
    vnode.idle_node.unlink();
    vnode.bucket_node.unlink();
    --idle_;
    --total_;
    if (vnode.file_system) release_node(vnode.server(), vnode.inode, vnode.holds);
    destroy(arena_heap(), &vnode);
}

}  // namespace axo::vfs
