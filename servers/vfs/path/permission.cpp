// See permission.hpp.
#include "servers/vfs/path/permission.hpp"

#include "servers/vfs/calls/linux_abi.hpp"

namespace axo::vfs {

bool Credentials::in_group(std::uint32_t group) const {
    if (group == gid) return true;
    for (std::uint32_t i = 0; i < group_count; ++i) {
        if (groups[i] == group) return true;
    }
    return false;
}

bool permits(const Credentials &who, const Ownership &file, std::uint32_t wanted) {
    if (who.is_root()) {
        const bool execute_ok = abi::is_directory(file.mode) || (file.mode & abi::any_execute) != 0;
        return (wanted & want::execute) == 0 || execute_ok;
    }
    unsigned shift = 0;
    if (who.uid == file.uid) {
        shift = 6;
    } else if (who.in_group(file.gid)) {
        shift = 3;
    }
    return ((file.mode >> shift) & wanted) == wanted;
}

std::uint32_t mode_after_chmod(const Credentials &who, const Ownership &file, std::uint32_t mode) {
    std::uint32_t result = mode & abi::permission_bits;
    if (!who.is_root() && !who.in_group(file.gid)) result &= ~abi::set_group_id;
    return result;
}

std::uint32_t mode_without_set_id(std::uint32_t mode) {
    std::uint32_t result = mode & ~abi::set_user_id;
    if ((mode & abi::group_execute) != 0) result &= ~abi::set_group_id;
    return result;
}

}  // namespace axo::vfs
