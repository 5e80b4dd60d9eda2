// See vnode_table.hpp.
#include "servers/vfs/file/vnode_table.hpp"

#include "lib/base/owned.hpp"
#include "servers/vfs/file/file_map.hpp"
#include "servers/vfs/mount/file_system.hpp"
#include "servers/vfs/mount/mount.hpp"

namespace axo::vfs {

void Vnode::unreferenced() { table->became_unused(*this); }

VnodeTable::Bucket &VnodeTable::bucket(Endpoint file_system, std::uint64_t inode) {
    return buckets_[(inode * 31 + file_system.slot()) % bucket_count];
}

Vnode *VnodeTable::find(Endpoint file_system, std::uint64_t inode) {
    for (Vnode &vnode : bucket(file_system, inode)) {
        if (vnode.id.inode == inode && vnode.id.file_system == file_system) return &vnode;
    }
    return nullptr;
}

Result<Ref<Vnode>> VnodeTable::adopt(Mount &mount, const fs::NodeInfo &info, News news) {
    Vnode *vnode = find(mount.file_system, info.inode);
    if (vnode != nullptr) {
        learn(*vnode, info, news);
    } else {
        const Result<Vnode *> made = create<Vnode>(arena_heap(), *this);
        if (!made) {
            release_node(mount.file_system, info.inode, 1);
            return made.error();
        }
        vnode = *made;
        vnode->id = {mount.file_system, mount.device, info.inode};
        vnode->mount = &mount;
        ++mount.vnodes;
        bucket(mount.file_system, info.inode).push_back(*vnode);
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
    if (news == News::perhaps_old && vnode.mount->remembers) return;
    const std::uint64_t size = vnode.size;
    vnode.take(info);
    if (vnode.mount->remembers) vnode.size = size;
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
    vnode->id = {endpoint::none, 0, next_anonymous_++};
    vnode->mode = mode;
    vnode->uid = uid;
    vnode->gid = gid;
    vnode->links = 1;
    ++total_;
    return Ref<Vnode>(vnode);
}

void VnodeTable::became_unused(Vnode &vnode) {
    ++idle_;
    idle_list_.push_back(vnode);
    if (vnode.mount == nullptr || vnode.mount->gone || vnode.links == 0 || vnode.perhaps_old) {
        evict(vnode);
    } else if (idle_ > idle_max) {
        evict(*idle_list_.front());
    }
}

void VnodeTable::unlinked(Endpoint file_system, std::uint64_t inode, std::uint64_t links_left) {
    Vnode *vnode = find(file_system, inode);
    if (vnode == nullptr) return;
    vnode->links = static_cast<std::uint32_t>(links_left);
    tell_vm_if_removed(*vnode);
    if (links_left == 0 && vnode->references == 0) evict(*vnode);
}

bool VnodeTable::evict_mount(const Mount &mount, const Vnode *keep) {
    bool clean = true;
    for (Bucket &list : buckets_) {
        for (Vnode *vnode = list.front(); vnode != nullptr;) {
            Vnode *next = list.next(*vnode);
            if (vnode->mount == &mount && vnode != keep) {
                if (vnode->references == 0) {
                    evict(*vnode);
                } else {
                    clean = false;
                }
            }
            vnode = next;
        }
    }
    return clean;
}

Vnode *VnodeTable::kept_by_vm(const Mount &mount, std::uint64_t after) {
    Vnode *lowest = nullptr;
    for (Bucket &list : buckets_) {
        for (Vnode &vnode : list) {
            if (vnode.mount != &mount || vnode.vm_holds == 0 || vnode.id.inode <= after) continue;
            if (lowest == nullptr || vnode.id.inode < lowest->id.inode) lowest = &vnode;
        }
    }
    return lowest;
}

void VnodeTable::forget_mount(Mount &mount) {
    mount.remembers = false;
    evict_mount(mount, mount.root.get());
    for (Bucket &list : buckets_) {
        for (Vnode &vnode : list) {
            if (vnode.mount != &mount) continue;
            names_.forget(vnode);
            pieces_.forget(vnode);
        }
    }
}

void VnodeTable::move(Vnode &vnode, Endpoint file_system, const fs::NodeInfo &info) {
    names_.forget(vnode);
    pieces_.forget(vnode);
    vnode.bucket_node.unlink();
    vnode.id.file_system = file_system;
    vnode.id.inode = info.inode;
    vnode.holds = 1;
    vnode.attributes_known = false;
    vnode.take(info);
    bucket(file_system, info.inode).push_back(vnode);
}

void VnodeTable::evict(Vnode &vnode) {
    names_.forget(vnode);
    pieces_.forget(vnode);
    vnode.idle_node.unlink();
    vnode.bucket_node.unlink();
    --idle_;
    --total_;
    Mount *const mount = vnode.mount;
    if (mount != nullptr) release_node(vnode.id.file_system, vnode.id.inode, vnode.holds);
    destroy(arena_heap(), &vnode);
    if (mount != nullptr) mount->vnode_gone();
}

}  // namespace axo::vfs
