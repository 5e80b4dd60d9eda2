// A file as VFS knows it while somebody uses it, or shortly after: one record per inode of a file
// system, and one per anonymous pipe. In which mount it is seen a path says (path/path.hpp).
#pragma once

#include "axo/fs_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/base/list.hpp"
#include "lib/base/string.hpp"
#include "servers/vfs/cache/name_cache.hpp"
#include "servers/vfs/calls/linux_abi.hpp"
#include "servers/vfs/file/lock_list.hpp"
#include "servers/vfs/mount/file_system.hpp"
#include "servers/vfs/path/permission.hpp"
#include "servers/vfs/ref.hpp"

namespace axo::vfs {

struct Mount;
class Pipe;
class VnodeTable;

struct Vnode {
    explicit Vnode(VnodeTable &owner) : table(&owner) {}

    VnodeTable *table;
    std::uint32_t references = 0;
    Ref<FileSystem> file_system;  // null for anonymous pipes
    std::uint64_t inode = 0;
    Mount *mounted_here = nullptr;  // what covers it; the others where it is seen follow
    std::uint32_t marks = 0;        // of what covers it or is about to: the file system knows of the first
    Pipe *pipe = nullptr;           // a FIFO or pipe that is open
    std::uint64_t holds = 0;        // counted at the file system, given back at eviction
    std::uint64_t size = 0;
    std::uint32_t mode = 0, uid = 0, gid = 0, links = 0;
    std::uint32_t special = 0;                                  // device number of a device node
    std::uint64_t vm_holds = 0;                                 // of VM, which keeps pages or mappings of it
    std::uint32_t mapping_access_time = fs::access_time::kept;  // the rule for the pages it reads
    String link_target;                                         // of a symbolic link, once it was read
    LockList locks;
    ListNode bucket_node, idle_node;
    NamesOfNode names;
    NamesInDirectory names_inside;
    std::uint64_t content_changes = 0;              // writes answered so far
    std::uint32_t writing = 0;                      // writes and cuts under way
    bool size_known = true;                         // `size` is what the last of them said
    bool perhaps_old = false;                       // what is known of it: it is not kept once nobody uses it
    std::uint64_t read_offset = 0, read_bytes = 0;  // what was last read
    // The last answer to Stat, and how much had changed by then (remember.hpp).
    abi::Stat attributes;
    bool attributes_known = false;
    std::uint64_t changes = 0, changes_known = 0, name_changes_known = 0;

    /// Who is asked about it.
    Endpoint server() const { return file_system->server; }
    vm::FileId file_id() const { return {file_system->number, file_system->device, inode}; }
    /// False: it must be read (again: a link of size 0 leads elsewhere for every reader).
    bool target_known() const { return size != 0 && !link_target.empty(); }
    Ownership ownership() const { return {mode, uid, gid}; }
    void take(const fs::NodeInfo &info) {
        size = info.size;
        mode = info.mode;
        uid = info.uid;
        gid = info.gid;
        links = info.links;
        special = info.device;
    }
    void unreferenced();
};

}  // namespace axo::vfs
