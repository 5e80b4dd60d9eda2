// See open_file.hpp: what happens when the last descriptor of an open file goes.
#include "servers/vfs/file/open_file.hpp"

#include "lib/base/owned.hpp"
#include "servers/vfs/calls/lock.hpp"
#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {

Result<Ref<OpenFile>> FileTable::open(Path what, FileKind kind, std::uint32_t flags) {
    OpenFile *file = TRY(create<OpenFile>(arena_heap(), *this, std::move(what), kind, flags));
    files_.push_back(*file);
    ++count_;
    return Ref<OpenFile>(file);
}

std::uint32_t OpenFile::access_time() const {
    return (flags & abi::open_no_atime) != 0 ? fs::access_time::kept : access_time_in(mount.get(), *vnode);
}

void OpenFile::unreferenced() {
    Vfs &vfs = service();
    if (const auto close = operations_of(*this).close) close(vfs, *this);
    if (locked) drop_locks(vfs, *vnode, this);
    --table->count_;
    destroy(arena_heap(), this);
}

}  // namespace axo::vfs
