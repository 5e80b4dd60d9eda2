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

Ownership made_in(const Credentials &who, const Ownership &directory, std::uint32_t mode) {
    if ((directory.mode & abi::set_group_id) == 0) return {mode, who.uid, who.gid};
    static constexpr std::uint32_t runs_as_group = abi::set_group_id | abi::group_execute;
    const bool may = who.is_root() || who.in_group(directory.gid);
    if (!may && (mode & runs_as_group) == runs_as_group) mode &= ~abi::set_group_id;
    return {mode, who.uid, directory.gid};
}

Ownership made_directory(const Credentials &who, const Ownership &parent, std::uint32_t mode) {
    if ((parent.mode & abi::set_group_id) == 0) return {mode, who.uid, who.gid};
    return {mode | abi::set_group_id, who.uid, parent.gid};
}

std::uint32_t mode_without_set_id(std::uint32_t mode) {
    std::uint32_t result = mode & ~abi::set_user_id;
    if ((mode & abi::group_execute) != 0) result &= ~abi::set_group_id;
    return result;
}

}  // namespace axo::vfs
