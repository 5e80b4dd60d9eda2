// See file_request.hpp.
#include "servers/vfs/mount/file_request.hpp"

namespace axo::vfs {

void release_node(Endpoint file_system, std::uint64_t inode, std::uint64_t count) {
    if (count == 0) return;
    const fs::Release request{inode, count};
    static_cast<void>(sef::tell(file_system, request));
}

}  // namespace axo::vfs
