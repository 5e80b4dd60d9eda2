// See file_system.hpp.
#include "servers/vfs/mount/file_system.hpp"

#include "servers/vfs/file/vnode.hpp"

namespace axo::vfs {

void FileSystem::close() {
    const Ref<Vnode> last = std::move(root);
    if (!last) return;
    last->links = 0;
    last->holds = 0;
}

void FileSystem::unreferenced() { *this = FileSystem{}; }

Result<Ref<FileSystem>> FileSystemTable::allocate() {
    for (FileSystem &free : file_systems_) {
        if (free.references != 0) continue;
        free.number = ++made_;
        return Ref<FileSystem>(&free);
    }
    return Error::table_full;
}

FileSystem *FileSystemTable::with_server(Endpoint server) {
    for (FileSystem &known : file_systems_) {
        if (known.references != 0 && known.server == server) return &known;
    }
    return nullptr;
}

FileSystem *FileSystemTable::with_device(std::uint32_t major, std::uint32_t minor) {
    for (FileSystem &known : file_systems_) {
        if (known.references != 0 && known.major == major && known.minor == minor) return &known;
    }
    return nullptr;
}

}  // namespace axo::vfs
